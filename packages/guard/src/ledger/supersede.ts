import { type Actor, type Approve, Denied, type Target } from '@tidegate/protocol'
import { type Asked, type Missing, missingFrom } from '../core/coverage.ts'
import { countOf } from '../core/figures.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import { conflict, idOf, isLive, targetRows } from './decision-targets.ts'
import type { SignalRow } from './signal-row.ts'

/** The live signals that an approval names as superseded, what it approves itself aside. */
export async function supersededRows(
  sql: Sql,
  { supersedes }: Approve,
  approved: readonly SignalRow[],
  nowMs: number,
): Promise<SignalRow[]> {
  if (supersedes === undefined) return []
  const rows = await targetRows(sql, supersedes, nowMs)
  const others = rows.filter((row) => isLive(row) && approved.every((each) => each.signal_no !== row.signal_no))
  if (others.length === 0) throw conflict('supersede', supersedes, rows)
  await checkCovered(sql, others, approved)
  return others
}

/**
 * Ends them in favour of what was just approved, in the same transaction and revision. Their rows keep plan and stage
 * starts: that is where their clients' turns are looked up from now on.
 */
export async function supersede(
  sql: Sql,
  superseded: readonly SignalRow[],
  approved: readonly SignalRow[],
  { decision, by }: { readonly decision: Approve; readonly by: Actor },
): Promise<LedgerEvent[]> {
  const [first] = approved
  if (first === undefined || superseded.length === 0) return []
  const nosOf = (rows: readonly SignalRow[]) => rows.map((row) => String(row.signal_no))
  await sql.query(
    `UPDATE tidegate_ledger.signal SET state = 'superseded', superseded_by = $2 WHERE signal_no = ANY($1::text[]::bigint[])`,
    [nosOf(superseded), first.signal_no],
  )
  await sql.query('UPDATE tidegate_ledger.signal SET supersession = $2 WHERE signal_no = ANY($1::text[]::bigint[])', [
    nosOf(approved),
    first.signal_no,
  ])
  const counts = await countAudience(sql, superseded)
  const supersededBy: Target =
    approved.length === 1 ? { kind: 'signal', signalId: first.signal_id } : { kind: 'cause', causeId: first.cause_id }
  return superseded.map((row): LedgerEvent => {
    const target = decision.supersedes ?? decision.target
    const evidence = { target, stateBefore: row.state, ...counts, supersededBy }
    const about = { actor: by, causeId: row.cause_id, signalId: row.signal_id, reason: decision.reason }
    return { kind: 'signal-superseded', ...about, evidence }
  })
}

/** @throws Denied `not-covered` where a client that an old signal is for would be asked for less, or for nothing */
async function checkCovered(sql: Sql, old: readonly SignalRow[], by: readonly SignalRow[]): Promise<void> {
  const groups = new Map<string, { readonly old: SignalRow[]; readonly by: readonly SignalRow[] }>()
  for (const row of old) {
    const tries = by.map((each) => ({ each, missing: missingFrom(asked(each), asked(row)) }))
    const covering = tries.flatMap(({ each, missing }) => (missing.length === 0 ? [each] : []))
    if (covering.length === 0) {
      const [nearest] = tries.sort((left, right) => left.missing.length - right.missing.length)
      throw notCovered(row, nearest?.missing ?? [], nearest?.each)
    }
    if (covering.some((each) => each.is_everyone)) continue
    if (row.is_everyone) throw notCovered(row, ['accounts'], covering[0])
    const key = covering.map((each) => each.signal_no).join(' ')
    const group = groups.get(key)
    if (group) group.old.push(row)
    else groups.set(key, { old: [row], by: covering })
  }
  for (const group of groups.values()) {
    const leftOut = await countLeftOut(sql, group.old, group.by)
    const [first] = group.old
    if (leftOut > 0 && first) throw notCovered(first, ['accounts'], group.by[0], leftOut)
  }
}

async function countLeftOut(sql: Sql, old: readonly SignalRow[], by: readonly SignalRow[]): Promise<number> {
  const named = (parameter: string) =>
    `SELECT account_id FROM tidegate_ledger.signal_account WHERE signal_no = ANY(${parameter}::text[]::bigint[])`
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*) AS count FROM (${named('$1')} EXCEPT ${named('$2')}) AS left_out`,
    [old.map((each) => String(each.signal_no)), by.map((each) => String(each.signal_no))],
  )
  return row?.count ?? 0
}

function asked(row: SignalRow): Asked {
  return { action: row.action, scope: row.scope, filter: row.filter, expiresAtMs: row.expires_at_ms }
}

function notCovered(
  row: SignalRow,
  missing: readonly (Missing | 'accounts')[],
  nearest: SignalRow | undefined,
  missingAccountCount = 0,
): Denied {
  const texts: Record<Missing | 'accounts', string> = {
    action: 'it says refetch, and what would take its place only verify',
    scope: 'what would take its place covers less of the cache',
    filter: 'what would take its place leaves out client classes, app versions or cohorts that it is for',
    expiry: 'what would take its place ends earlier; extend that first',
    accounts: row.is_everyone
      ? 'it is for everyone, and what would take its place names accounts'
      : `${countOf(missingAccountCount, 'account')} it names would be left out`,
  }
  const place = nearest === undefined ? '' : ` by ${idOf({ kind: 'signal', signalId: nearest.signal_id })}`
  return new Denied({
    kind: 'not-covered',
    signalId: row.signal_id,
    missing: [...missing],
    missingAccountCount,
    message: `Cannot supersede signal ${row.signal_id}${place}: ${missing.map((each) => texts[each]).join('; ')}`,
  })
}
