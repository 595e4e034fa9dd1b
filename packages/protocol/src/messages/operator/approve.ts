import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { ReleasePlan } from './release-plan.ts'
import { Target } from './target.ts'

/**
 * Approver to guard: let the held rest out by this plan. Approving again what is released by the same plan changes nothing.
 *
 * `supersedes` names what the approved signals take the place of: it ends in the same moment. Denied `not-covered` when a
 * client would lose a reset by that. Nobody's not-before moves earlier: a client whose turn under the superseded signal
 * is still ahead waits at least for that.
 */
export const Approve = z.object({ target: Target, plan: ReleasePlan, supersedes: Target.optional(), reason: Sentence })
export type Approve = z.infer<typeof Approve>
