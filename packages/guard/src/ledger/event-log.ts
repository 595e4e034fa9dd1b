import { z } from 'zod'
import type { ChainFrame } from '../core/chain-check.ts'
import { type ChainedEvent, type ChainHead, chainEvents, type StoredEvent } from '../core/event-chain.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import type { Sql } from '../sql.ts'
import { sha256 } from './event-hash.ts'

/** Appends events to the chain. Only while the ledger is locked, so that numbers and hashes come in commit order. */
export async function appendEvents(
  sql: Sql,
  head: ChainHead,
  events: readonly LedgerEvent[],
  at: { readonly revision: number; readonly nowMs: number },
): Promise<ChainHead> {
  const chained = chainEvents(
    head,
    events.map((event) => storedEvent(event, at)),
    sha256,
  )
  await sql.query(
    `WITH written AS (
       INSERT INTO tidegate_ledger.event (event_no, revision, at_ms, actor, kind, cause_id, signal_id, reason, evidence,
         previous_sha256, event_sha256)
       SELECT "eventNo", revision, "atMs", actor, kind, "causeId", "signalId", reason, "evidenceText"::json,
         "previousSha256", "eventSha256"
       FROM jsonb_to_recordset($1::text::jsonb) AS events("eventNo" bigint, revision bigint, "atMs" bigint, actor text,
         kind text, "causeId" text, "signalId" text, reason text, "evidenceText" text, "previousSha256" text, "eventSha256" text)
     )
     UPDATE tidegate_ledger.ledger SET head_event_no = $2, head_sha256 = $3`,
    [JSON.stringify(chained.events), chained.head.eventNo, chained.head.sha256],
  )
  return chained.head
}

function storedEvent(event: LedgerEvent, at: { revision: number; nowMs: number }): Omit<StoredEvent, 'eventNo'> {
  const { actor, kind, causeId = null, signalId = null, reason = null } = event
  const evidenceText = JSON.stringify(event.evidence)
  return { revision: at.revision, atMs: at.nowMs, actor, kind, causeId, signalId, reason, evidenceText }
}

const FrameRow = z.object({
  head_event_no: z.number(),
  head_sha256: z.string(),
  pruned_event_no: z.number(),
  last_event_no: z.number(),
})

/** @returns what the ledger says of its events, read in one snapshot */
export async function readFrame(sql: Sql): Promise<ChainFrame> {
  const [row] = await sql.query(
    `SELECT head_event_no, head_sha256, pruned_event_no,
       (SELECT coalesce(max(event_no), 0) FROM tidegate_ledger.event) AS last_event_no
     FROM tidegate_ledger.ledger`,
  )
  const frame = FrameRow.parse(row)
  return {
    head: { eventNo: frame.head_event_no, sha256: frame.head_sha256 },
    prunedEventNo: frame.pruned_event_no,
    lastEventNo: frame.last_event_no,
  }
}

/** @returns at most `limit` events with numbers from `from` to `through`, by rising number */
export function readEvents(sql: Sql, from: number, through: number, limit: number): Promise<ChainedEvent[]> {
  return sql.query<ChainedEvent>(
    `SELECT event_no AS "eventNo", revision, at_ms AS "atMs", actor, kind, cause_id AS "causeId", signal_id AS "signalId",
       reason, evidence::text AS "evidenceText", previous_sha256 AS "previousSha256", event_sha256 AS "eventSha256"
     FROM tidegate_ledger.event WHERE event_no BETWEEN $1 AND $2 ORDER BY event_no LIMIT $3`,
    [from, through, limit],
  )
}
