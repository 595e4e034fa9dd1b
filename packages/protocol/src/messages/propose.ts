import { z } from 'zod'
import { CauseId, IdempotencyKey, SignalId } from '../ids.ts'
import { DurationMs, Sentence } from '../quantities.ts'
import { ProtocolVersion } from '../version.ts'
import { Action } from './action.ts'
import { Audience } from './audience.ts'
import { Scope } from './scope.ts'

/**
 * Emitter to guard: "clients of this audience should stop trusting this scope." The outbox function
 * `tidegate.propose(...)`, `guard.propose()` and the service door all carry these fields. The same idempotency key
 * twice is one proposal; with other contents it is a conflict.
 *
 * `reason` and `expiresInMs` may be left out: a proposal without them is accepted and held, with a finding that says so,
 * because a migration must not fail half-way for want of a sentence.
 */
export const Proposal = z.object({
  protocol: ProtocolVersion,
  idempotencyKey: IdempotencyKey,
  causeId: CauseId,
  action: Action.default('verify'),
  scope: Scope,
  audience: Audience,
  reason: Sentence.optional(),
  expiresInMs: DurationMs.optional(),
})
export type Proposal = z.infer<typeof Proposal>

/** Guard to emitter: the proposal is durable. Nothing about its verdict, which comes with intake. */
export const ProposeAnswer = z.object({
  signalId: SignalId,
  /** False when this key had been proposed before. */
  isNew: z.boolean(),
})
export type ProposeAnswer = z.infer<typeof ProposeAnswer>
