import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { ReleasePlan } from './release-plan.ts'
import { Target } from './target.ts'

/** Approver to guard: let the held rest out by this plan. Approving again what is released by the same plan changes nothing. */
export const Approve = z.object({ target: Target, plan: ReleasePlan, reason: Sentence })
export type Approve = z.infer<typeof Approve>
