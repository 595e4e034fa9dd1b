import { z } from 'zod'
import { Count } from '../../quantities.ts'

/** Guard to operator. Zero signals: the decision had been taken before. */
export const DecisionAnswer = z.object({
  signalCount: Count,
  /** Accounts to which the decision applied. */
  accountCount: Count,
  /** With a revoke or reject: accounts of the audience none of whose clients had begun, and now never will. */
  neverBegunAccountCount: Count,
})
export type DecisionAnswer = z.infer<typeof DecisionAnswer>
