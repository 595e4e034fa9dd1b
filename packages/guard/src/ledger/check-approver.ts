import { type Actor, Denied } from '@tidegate/protocol'
import { countOf } from '../core/figures.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import { readCause } from './causes.ts'
import type { LedgerContext } from './ledger-context.ts'
import type { SignalRow } from './signal-row.ts'

/**
 * Whoever registered a cause or proposed one of its signals lets few accounts out alone; of many somebody else decides.
 *
 * @throws Denied `forbidden`, saying whose it is and from how many accounts on
 */
export async function checkApprover(
  sql: Sql,
  { settings, ownApprovers }: LedgerContext,
  by: Actor,
  rows: readonly SignalRow[],
  verb: 'approve' | 'advance' | 'extend',
): Promise<void> {
  if (ownApprovers.has(by)) return
  const [first] = rows
  const cause = first && (await readCause(sql, first.cause_id))
  if (!first || !cause) return
  const { accountCount } = await countAudience(sql, rows)
  // A cause without a credit is not one of which anybody may approve nothing.
  const creditAccountCount = Math.max(cause.credit_account_count, settings.creditBaseAccountCount)
  const mostAccountCount = settings.ownApprovalCredits * creditAccountCount
  if (accountCount <= mostAccountCount) return
  const did = cause.registered_by.includes(by) ? 'registered' : (await hasProposed(sql, by, rows)) ? 'proposed' : null
  if (did === null) return
  throw new Denied({
    kind: 'forbidden',
    needsRole: 'approver',
    message: `Cannot ${verb} ${first.cause_id} as ${by}, who ${did} it: it is for ${countOf(accountCount, 'account')}, and of more than ${countOf(mostAccountCount, 'account')} somebody else decides`,
  })
}

async function hasProposed(sql: Sql, by: Actor, rows: readonly SignalRow[]): Promise<boolean> {
  const found = await sql.query(
    'SELECT FROM tidegate_ledger.signal WHERE signal_no = ANY($1::text[]::bigint[]) AND proposed_by = $2 LIMIT 1',
    [rows.map((row) => String(row.signal_no)), by],
  )
  return found.length > 0
}
