import { z } from 'zod'
import { IdempotencyKey, ItemId, SignalId } from '../ids.ts'
import { Bytes, Count, DurationMs } from '../quantities.ts'
import { ProtocolVersion } from '../version.ts'
import { ClientIdentity } from './client-identity.ts'
import { forAccount } from './for-account.ts'

/**
 * What became of a signal at one client. `begun` is sent when the first page is asked for; the others end it:
 * `consistent` (equal, nothing fetched), `resynced` (proven), `declined` (the person said not now), `stopped` (revoked
 * or superseded under way), `stuck` (three proof rounds did not end equal), `failed` (an error it cannot get past).
 */
export const ResyncOutcome = z.enum(['begun', 'consistent', 'resynced', 'declined', 'stopped', 'stuck', 'failed'])
export type ResyncOutcome = z.infer<typeof ResyncOutcome>

/** Client to guard, held back until its next request. The same `reportKey` twice counts once. Tells gates how a release goes. */
export const Report = z.object({
  ...forAccount,
  protocol: ProtocolVersion,
  reportKey: IdempotencyKey,
  client: ClientIdentity,
  signalId: SignalId,
  outcome: ResyncOutcome,
  fetchedItemCount: Count,
  fetchedBytes: Bytes,
  elapsedMs: DurationMs,
  cachedBytes: Bytes,
  /** With `stuck` and `failed`: the first items that could not be proven. */
  missingIds: z.array(ItemId).max(20).default([]),
})
export type Report = z.infer<typeof Report>

export const ReportAnswer = z.object({ isNew: z.boolean() })
export type ReportAnswer = z.infer<typeof ReportAnswer>
