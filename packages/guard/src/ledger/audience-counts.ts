import type { Sql } from '../sql.ts'
import type { SignalRow } from './signal-row.ts'

/**
 * How many distinct accounts some signals are for, and how many of them never began: no client of theirs reported
 * `begun`, nor an end with something fetched. The guard writes a beginning down before it grants anything, and one from
 * before a lost tail still shows in its end. An end without either is of a client that was still comparing or waiting.
 * An old client whose flag left while the guard only observed has begun.
 * A predicate counts as the audience it had in the registry when it was judged.
 */
export async function countAudience(
  sql: Sql,
  rows: readonly Pick<SignalRow, 'signal_no' | 'signal_id' | 'is_everyone' | 'audience_account_count'>[],
): Promise<{ accountCount: number; neverBegunAccountCount: number }> {
  if (rows.length === 0) return { accountCount: 0, neverBegunAccountCount: 0 }
  const [counts] = await sql.query<{ named: number; begun: number }>(
    `SELECT
       ${rows.length === 1 ? OF_ONE : OF_SEVERAL} AS named,
       (SELECT count(DISTINCT account_id) FROM (
          SELECT account_id FROM tidegate_ledger.report WHERE signal_id = ANY($2::text[])
            AND (outcome IN ('begun', 'resynced')
              OR outcome IN ('stopped', 'stuck', 'failed') AND (report->>'fetchedBytes')::bigint > 0)
          UNION ALL SELECT account_id FROM tidegate_ledger.signal_account WHERE signal_no = ANY(ARRAY(
            SELECT signal_no FROM tidegate_ledger.signal WHERE flags_passed AND signal_no = ANY($1::text[]::bigint[])))
        ) AS told) AS begun`,
    [rows.map((row) => String(row.signal_no)), rows.map((row) => row.signal_id)],
  )
  const everyone = rows.filter((row) => row.is_everyone).map((row) => row.audience_account_count)
  const accountCount = Math.max(counts?.named ?? 0, ...everyone)
  return { accountCount, neverBegunAccountCount: Math.max(0, accountCount - (counts?.begun ?? 0)) }
}

/** The accounts of one signal were counted when they were written down. */
const OF_ONE =
  '(SELECT coalesce(sum(named_audience_count), 0)::bigint FROM tidegate_ledger.signal WHERE signal_no = ANY($1::text[]::bigint[]))'

const OF_SEVERAL =
  '(SELECT count(DISTINCT account_id) FROM tidegate_ledger.signal_account WHERE signal_no = ANY($1::text[]::bigint[]))'
