import { Actor, type CauseId, CauseKind, Denied, ResyncOutcome, Scope, type Timeline } from '@tidegate/protocol'
import { type ClientMinute, type ProposedFact, timelineOf } from '../core/timeline.ts'
import type { TimelineEvent } from '../core/timeline-row.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import { readCause } from './causes.ts'
import type { LedgerContext } from './ledger-context.ts'

/** What happened to a cause's signals: proposals, events and reports, read in one snapshot. */
export function timeline(context: LedgerContext, causeId: CauseId, nowMs: number): Promise<Timeline> {
  return context.database.transaction(
    async (sql) => {
      const cause = await readCause(sql, causeId)
      if (!cause) throw new Denied({ kind: 'not-found', what: `a cause ${causeId}` })
      const signals = await readProposed(sql, causeId)
      const minutes = await readMinutes(sql, causeId)
      const events = await readCauseEvents(sql, causeId)
      const { stepMs, rows, clients } = timelineOf({ signals, events, minutes })
      const keptSinceMs = await readKeptSince(sql)
      const isBegun = !cause.is_registered || rows.some(({ kind }) => kind === 'registered')
      const isWhole = keptSinceMs === null || (isBegun && rows.every(({ atMs }) => atMs >= keptSinceMs))
      return {
        cause: {
          causeId,
          kind: CauseKind.parse(cause.kind),
          title: cause.title,
          owner: Actor.parse(cause.owner),
          isRegistered: cause.is_registered,
        },
        serverNowMs: nowMs,
        stepMs,
        prunedBeforeMs: isWhole ? null : keptSinceMs,
        totals: { signalCount: signals.length, ...(await countCauseAudience(sql, causeId)), clients },
        rows,
      }
    },
    { isolation: 'repeatable read' },
  )
}

async function readProposed(sql: Sql, causeId: CauseId): Promise<ProposedFact[]> {
  const rows = await sql.query<ProposedFact>(
    `SELECT proposed_at_ms AS "proposedAtMs", proposed_by AS "proposedBy", proposal_count AS "proposalCount", action, scope,
       is_everyone AS "isEveryone", coalesce(audience_account_count, 0) AS "accountCount", reason
     FROM tidegate_ledger.signal WHERE cause_id = $1 ORDER BY signal_no`,
    [causeId],
  )
  return rows.map((row) => ({ ...row, scope: Scope.parse(row.scope) }))
}

/** The cause's own events, and what was switched for everybody since its first one. */
async function readCauseEvents(sql: Sql, causeId: CauseId): Promise<TimelineEvent[]> {
  const rows = await sql.query<TimelineEvent>(
    `SELECT revision, at_ms AS "atMs", actor, kind, reason, evidence FROM tidegate_ledger.event
     WHERE cause_id = $1 OR (kind IN ('modes-set', 'switch-set', 'switch-lifted', 'switch-ended') AND cause_id IS NULL AND event_no BETWEEN
       (SELECT min(event_no) FROM tidegate_ledger.event WHERE cause_id = $1) AND
       (SELECT max(event_no) FROM tidegate_ledger.event WHERE cause_id = $1))
     ORDER BY event_no`,
    [causeId],
  )
  return rows.map((row) => ({ ...row, actor: Actor.parse(row.actor) }))
}

/** The guard and the client both write a beginning down, and both count it once: the first report of an outcome counts. */
async function readMinutes(sql: Sql, causeId: CauseId): Promise<ClientMinute[]> {
  const rows = await sql.query<ClientMinute>(
    `WITH told AS (
       SELECT outcome, reported_at_ms,
         CASE WHEN outcome = 'begun' THEN 0 ELSE (report->>'fetchedBytes')::bigint END AS fetched_bytes,
         row_number() OVER (PARTITION BY signal_id, account_id, client_id, outcome ORDER BY report_no) = 1 AS is_first_of_outcome,
         row_number() OVER (PARTITION BY signal_id, account_id, client_id ORDER BY report_no) = 1 AS is_first
       FROM tidegate_ledger.report
       WHERE signal_id IN (SELECT signal_id FROM tidegate_ledger.signal WHERE cause_id = $1)
     )
     SELECT reported_at_ms / 60000 * 60000 AS "atMs", outcome, count(*) FILTER (WHERE is_first_of_outcome) AS "clientCount",
       count(*) FILTER (WHERE is_first) AS "seenCount", sum(fetched_bytes)::bigint AS "fetchedBytes"
     FROM told GROUP BY 1, outcome ORDER BY 1, outcome`,
    [causeId],
  )
  return rows.map((row) => ({ ...row, outcome: ResyncOutcome.parse(row.outcome) }))
}

async function countCauseAudience(sql: Sql, causeId: CauseId) {
  const rows = await sql.query<Parameters<typeof countAudience>[1][number]>(
    `SELECT signal_no, signal_id, is_everyone, audience_account_count FROM tidegate_ledger.signal
     WHERE cause_id = $1 AND state <> 'waiting'`,
    [causeId],
  )
  return countAudience(sql, rows)
}

/** @returns when the oldest event that is kept was written, or null when none was ever pruned */
async function readKeptSince(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ at_ms: number }>(
    `SELECT event.at_ms FROM tidegate_ledger.ledger JOIN tidegate_ledger.event ON event_no = pruned_event_no + 1
     WHERE pruned_event_no > 0`,
  )
  return row?.at_ms ?? null
}
