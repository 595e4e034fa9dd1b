import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { Target } from './target.ts'

/** Approver to guard: the held rest will never be released; canaries already out stop as with a revoke. */
export const Reject = z.object({ target: Target, reason: Sentence })
export type Reject = z.infer<typeof Reject>
