import type { ChainHead } from '@tidegate/protocol'
import { EXIT_CODES } from '../cli-error.ts'
import { auditText, headText } from '../core/audit-text.ts'
import { countOf } from '../core/figures.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface AuditFlags {
  readonly expectHead?: ChainHead
}

/** Reads every event of the ledger and says whether they are what was written. Exit code 1 when they are not. */
export async function verifyAudit(connection: Connection, { expectHead }: AuditFlags): Promise<Outcome> {
  const audit = await connection.call((guard) => guard.audit.query({ ...(expectHead && { expectHead }) }))
  const isUnknown = audit.expectedHead === 'pruned'
  const exitCode = !audit.isIntact ? EXIT_CODES.denied : isUnknown ? EXIT_CODES.inconclusive : EXIT_CODES.ok
  return { exitCode, json: audit, lines: auditText(audit) }
}

export interface PruneFlags {
  /** Milliseconds since 1970. */
  readonly before: number
  readonly reason: string
}

/** Removes the oldest events, a transaction at a time until no more may go. */
export async function pruneAudit(connection: Connection, { before, reason }: PruneFlags): Promise<Outcome> {
  let eventCount = 0
  for (;;) {
    const answer = await connection.call((guard) => guard.pruneEvents.mutate({ beforeMs: before, reason }))
    eventCount += answer.eventCount
    if (!answer.isDone) continue
    const { through } = answer
    const line =
      eventCount === 0 || through === null
        ? 'nothing to prune: every event is younger, or a signal behind it is still live'
        : `pruned: ${countOf(eventCount, 'event')}, through ${headText(through)}`
    return { exitCode: EXIT_CODES.ok, json: { eventCount, through }, lines: [line] }
  }
}
