import { Audience, admitsClient, SignalId } from '@tidegate/protocol'
import { z } from 'zod'
import { stagePlace } from '../core/in-force.ts'
import type { AccountReport } from '../core/ledger.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'
import { writeSightings } from './registry.ts'

/**
 * Writes reports down, once per account and key; what they say of the client goes to the registry. A report about a signal
 * that is not for its account is not written: nobody can move a gate that is none of theirs. Nor is a beginning that comes
 * after the signal's end: who had not begun when it was revoked never will have (G3).
 *
 * @returns for each report, whether it was new
 */
export async function recordReports(
  context: LedgerContext,
  reports: readonly AccountReport[],
  nowMs: number,
): Promise<boolean[]> {
  if (reports.length === 0) return []
  return context.database.transaction(async (sql) => {
    const written = await sql.query<{ account_id: string; report_key: string }>(
      `INSERT INTO tidegate_ledger.report (account_id, report_key, signal_id, client_id, outcome, report, reported_at_ms, stage_place)
       SELECT DISTINCT ON (1, 2) row->>'accountId', row->'report'->>'reportKey', row->'report'->>'signalId',
         row->'report'->'client'->>'clientId', row->'report'->>'outcome', row->'report', $2::bigint,
         CASE WHEN (row->>'isAdmitted')::boolean AND EXISTS (
           SELECT FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
           WHERE signal_id = row->'report'->>'signalId' AND account_id = row->>'accountId'
         ) THEN 0 ELSE (row->>'stagePlace')::double precision END
       FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS rows(row, place)
       WHERE EXISTS (
         SELECT FROM tidegate_ledger.signal WHERE signal_id = row->'report'->>'signalId' AND state <> 'waiting'
           AND (row->'report'->>'outcome' <> 'begun' OR state IN ('held', 'released', 'paused'))
           AND (is_everyone OR tidegate_ledger.names_account(signal_no, row->>'accountId'))
       )
       ORDER BY 1, 2, place
       ON CONFLICT DO NOTHING RETURNING account_id, report_key`,
      [JSON.stringify(await withPlaces(sql, reports)), nowMs],
    )
    await writeSightings(
      sql,
      context,
      reports.map(({ accountId, report }) => ({ accountId, client: report.client, cachedBytes: report.cachedBytes })),
      nowMs,
    )
    const fresh = new Set(written.map((row) => keyOf(row.account_id, row.report_key)))
    // Of the same key twice in one call the first is the new one.
    return reports.map(({ accountId, report }) => fresh.delete(keyOf(accountId, report.reportKey)))
  })
}

const FilteredSignal = z.object({ signal_id: SignalId, filter: Audience.omit({ accounts: true }) })

/** With which stages the client of each report is let out, so that a gate can tell whose reports are evidence of its stage. */
async function withPlaces(sql: Sql, reports: readonly AccountReport[]) {
  const rows = await sql.query(
    'SELECT signal_id, filter FROM tidegate_ledger.signal WHERE signal_id = ANY($1::text[])',
    [[...new Set(reports.map(({ report }) => report.signalId))]],
  )
  const filters = new Map(rows.map((row) => FilteredSignal.parse(row)).map((row) => [row.signal_id, row.filter]))
  return reports.map(({ accountId, report }) => {
    const { signalId, client } = report
    const filter = filters.get(signalId)
    const isAdmitted = filter !== undefined && admitsClient(filter, client)
    return {
      accountId,
      report,
      isAdmitted,
      stagePlace: isAdmitted ? stagePlace({ signalId, filter }, accountId) : null,
    }
  })
}

function keyOf(accountId: string, reportKey: string): string {
  return JSON.stringify([accountId, reportKey])
}
