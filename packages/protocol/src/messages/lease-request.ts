import { z } from 'zod'
import { SignalId } from '../ids.ts'
import { Bytes, Count } from '../quantities.ts'
import { ProtocolVersion } from '../version.ts'
import { ClientIdentity } from './client-identity.ts'
import { forAccount } from './for-account.ts'

/** Why a client wants to draw many bytes: a signal in force, or an empty cache. */
export const LeasePurpose = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signal'), signalId: SignalId, version: Count.min(1) }),
  z.object({ kind: z.literal('first-load') }),
])
export type LeasePurpose = z.infer<typeof LeasePurpose>

/**
 * Client to guard: "it is my turn; may I draw?" `wantBytes` is what comparing said is missing. Denied with
 * `not-your-turn` or `no-capacity` and a delay, or with `not-in-force` when the signal was revoked.
 */
export const LeaseRequest = z.object({
  ...forAccount,
  protocol: ProtocolVersion,
  client: ClientIdentity,
  purpose: LeasePurpose,
  wantBytes: Bytes,
})
export type LeaseRequest = z.infer<typeof LeaseRequest>
