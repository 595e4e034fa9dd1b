import { type ClientIdentity, IdempotencyKey, PROTOCOL_VERSION, Report } from '@tidegate/protocol'
import type { Telling } from '../core/machine/effect.ts'

/** @returns a report for each signal of what is told, each under a key of its own */
export function reportsOf(
  { outcome, job, missingIds }: Telling,
  by: {
    readonly client: ClientIdentity
    readonly nowMs: number
    readonly cachedBytes: number
    readonly newId: () => string
  },
): readonly Report[] {
  return job.signals.map(({ signalId }) =>
    Report.parse({
      protocol: PROTOCOL_VERSION,
      reportKey: IdempotencyKey.parse(by.newId()),
      client: by.client,
      signalId,
      outcome,
      fetchedItemCount: job.appliedItemCount,
      fetchedBytes: job.appliedBytes,
      elapsedMs: Math.round(by.nowMs - job.startedAtMs),
      cachedBytes: by.cachedBytes,
      missingIds,
    }),
  )
}
