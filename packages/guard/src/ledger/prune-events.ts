import { type Actor, Denied, type PruneAnswer, type PruneEvents } from '@tidegate/protocol'
import { ChainCheck } from '../core/chain-check.ts'
import type { ChainedEvent } from '../core/event-chain.ts'
import type { Sql } from '../sql.ts'
import { sha256 } from './event-hash.ts'
import { readEvents, readFrame } from './event-log.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'

/** Events removed by one transaction: it holds the ledger for some 300 ms, and verdicts wait for it. */
const PRUNED_AT_ONCE = 5000

/**
 * Removes the oldest events, in the order they were written, up to the first one that is too young or belongs to a signal
 * that is still live. What they were is an event itself, with the hash that the next one is chained to, so the chain never
 * breaks; and a broken stretch stays, since it is evidence. Signals, accounts and reports stay: credits are counted over them.
 */
export function pruneEvents(
  context: LedgerContext,
  { beforeMs, reason }: PruneEvents,
  by: Actor,
  nowMs: number,
): Promise<PruneAnswer> {
  const { shortestRetentionMs } = context.settings
  if (beforeMs > nowMs - shortestRetentionMs) {
    const days = Math.round(shortestRetentionMs / 86_400_000)
    const latest = new Date(nowMs - shortestRetentionMs).toISOString()
    const message = `Cannot prune: events are kept for ${days} days at least, so beforeMs must be at most that of ${latest}, got ${beforeMs}`
    return Promise.reject(new Denied({ kind: 'invalid', message }))
  }
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const { prunedEventNo } = await readFrame(sql)
    const throughEventNo = await lastToPrune(sql, beforeMs, prunedEventNo)
    if (throughEventNo === prunedEventNo) return { eventCount: 0, through: await readThrough(sql), isDone: true }
    const events = await readEvents(sql, prunedEventNo + 1, throughEventNo, PRUNED_AT_ONCE)
    const through = await assertUnbroken(sql, events, prunedEventNo)
    const eventCount = events.length
    await recordDecision(sql, nowMs, [
      {
        kind: 'events-pruned',
        actor: by,
        reason,
        evidence: { beforeMs, throughEventNo, throughSha256: through.eventSha256, eventCount },
      },
    ])
    await sql.query('UPDATE tidegate_ledger.ledger SET pruned_event_no = $1', [throughEventNo])
    await sql.query('DELETE FROM tidegate_ledger.event WHERE event_no <= $1', [throughEventNo])
    return {
      eventCount,
      through: { eventNo: throughEventNo, sha256: through.eventSha256 },
      isDone: eventCount < PRUNED_AT_ONCE,
    }
  })
}

async function lastToPrune(sql: Sql, beforeMs: number, prunedEventNo: number): Promise<number> {
  const [row] = await sql.query<{ through: number | null }>(
    `WITH oldest AS (
       SELECT event_no, at_ms, signal_id FROM tidegate_ledger.event WHERE event_no > $2 ORDER BY event_no LIMIT $3
     ), kept AS (
       SELECT min(event_no) AS event_no FROM oldest LEFT JOIN tidegate_ledger.signal USING (signal_id)
       WHERE at_ms >= $1 OR state IN ('waiting', 'held', 'released', 'paused')
     )
     SELECT max(oldest.event_no) AS through FROM oldest, kept WHERE kept.event_no IS NULL OR oldest.event_no < kept.event_no`,
    [beforeMs, prunedEventNo, PRUNED_AT_ONCE],
  )
  return row?.through ?? prunedEventNo
}

/** @returns the last of the events */
async function assertUnbroken(sql: Sql, events: readonly ChainedEvent[], prunedEventNo: number): Promise<ChainedEvent> {
  const last = events.at(-1)
  if (!last) throw new Error(`Cannot prune: no event is behind ${prunedEventNo}`)
  const check = new ChainCheck({ sha256, startsAfter: prunedEventNo })
  for (const event of events) check.read(event)
  for (const event of await readAcceptances(sql)) check.note(event)
  const head = { eventNo: last.eventNo, sha256: last.eventSha256 }
  // That an earlier prune is proven is for an audit to say: its event stands behind these.
  const { breaks } = check.finish({ head, prunedEventNo: 0, lastEventNo: last.eventNo })
  const broken = breaks.find(({ accepted }) => accepted === null)
  if (broken) throw new Denied({ kind: 'conflict', message: `Cannot prune: ${broken.message}` })
  return last
}

function readAcceptances(sql: Sql): Promise<Parameters<ChainCheck['note']>[0][]> {
  return sql.query(
    `SELECT event_no AS "eventNo", kind, actor, reason, evidence::text AS "evidenceText"
     FROM tidegate_ledger.event WHERE kind = 'chain-break-accepted'`,
  )
}

async function readThrough(sql: Sql): Promise<PruneAnswer['through']> {
  const [row] = await sql.query<{ eventNo: number; sha256: string }>(
    `SELECT pruned_event_no AS "eventNo", previous_sha256 AS sha256 FROM tidegate_ledger.ledger
     JOIN tidegate_ledger.event ON event_no = pruned_event_no + 1 WHERE pruned_event_no > 0`,
  )
  return row ?? null
}
