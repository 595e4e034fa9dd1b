import { Actor, type Audit, type AuditRequest } from '@tidegate/protocol'
import type { LedgerContext } from './ledger-context.ts'
import { verifyEvents } from './verify-events.ts'

/** As many breaks as one answer lists. */
const MAX_BREAKS = 100

/** Reads every event and says whether they are what was written. */
export async function audit(context: LedgerContext, { expectHead }: AuditRequest): Promise<Audit> {
  const { frame, eventCount, breaks, expectedHead } = await verifyEvents(context.database, { expected: expectHead })
  return {
    isIntact: breaks.every(({ accepted }) => accepted !== null),
    eventCount,
    prunedEventCount: frame.prunedEventNo,
    head: frame.head,
    expectedHead,
    breakCount: breaks.length,
    breaks: breaks.slice(0, MAX_BREAKS).map((found) => ({
      ...found,
      accepted: found.accepted && { by: Actor.parse(found.accepted.by), because: found.accepted.because },
    })),
  }
}
