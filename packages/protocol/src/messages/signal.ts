import { z } from 'zod'
import { CauseId, ResourceId, SignalId } from '../ids.ts'
import { Count, DurationMs } from '../quantities.ts'
import { Action } from './action.ts'
import { CauseKind } from './cause.ts'
import { Scope } from './scope.ts'

/**
 * A signal as one client sees it, inside an in-force answer: released to its account and cohort, its turn to verify has
 * come, not revoked, expired or superseded. Times are milliseconds from the answer. What is not in an answer is not in
 * force, whatever an earlier answer said.
 */
export const Signal = z.object({
  signalId: SignalId,
  /**
   * Rises when what clients are to do changes, its scope or action: a client takes a higher version as superseding the
   * lower, and verifies again. When they are to do it is told in each answer, so an extended signal keeps its version.
   */
  version: Count.min(1),
  action: Action,
  scope: Scope,
  cause: z.object({ causeId: CauseId, kind: CauseKind, title: z.string().max(120) }),
  reason: z.string().max(500),
  resourceId: ResourceId,
  /** The client may begin to fetch after this; comparing may start at once. */
  notBeforeInMs: DurationMs,
  expiresInMs: DurationMs,
})
export type Signal = z.infer<typeof Signal>
