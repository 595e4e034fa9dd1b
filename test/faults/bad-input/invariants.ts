import { expect } from 'vitest'
import type { Acknowledged } from './acknowledged.ts'
import type { Bombardment } from './bombard.ts'
import type { Call } from './calls.ts'
import type { House } from './house.ts'

/** Of each call, accepted and refused after it was read; the figure. */
const LEAST_COUNT = 1_000
/** A process that keeps what it was sent would hold several times this after gigabytes of input. */
const MOST_RESIDENT_BYTES = 2.5e9

/**
 * What must hold of the answers: enough of each kind, and none that is nobody's business.
 *
 * @param fewer calls that are accepted less often, because an accepted one keeps the next from being possible
 * @param leastCount how often each other call is accepted, and each refused
 */
export function expectGoodAnswers(
  { tally }: Bombardment,
  house: House,
  calls: readonly Call[],
  fewer: Readonly<Partial<Record<Call, number>>> = {},
  leastCount = LEAST_COUNT,
): void {
  expect(tally.faults).toEqual([])
  expect(house.errors).toEqual([])
  const short = calls.filter((call) => {
    const counts = tally.counts.get(call)
    return (
      !counts || counts.accepted < (fewer[call] ?? leastCount) || counts.refused < leastCount || counts.unreadable < 1
    )
  })
  expect(short.map((call) => ({ call, ...tally.counts.get(call) }))).toEqual([])
  expect(process.memoryUsage.rss()).toBeLessThan(MOST_RESIDENT_BYTES)
}

/** What must hold of the ledger's rows, whatever came in (G1, G2, G7). */
export async function expectSoundLedger({ database, ledger, guard }: House): Promise<void> {
  while ((await countOf(database, `state = 'waiting'`)) > 0) await guard.refresh()
  expect(await overspent(database)).toEqual([])
  expect(await overspentTogether(database)).toEqual([])
  expect(await wideByTheirOwn(database)).toEqual([])
  expect(await countOf(database, `verdict IS NULL AND state <> 'waiting'`)).toBe(0)
  const inForceWithoutVerdict = await database.query(
    `SELECT signal_no FROM tidegate_ledger.named_account LEFT JOIN tidegate_ledger.signal USING (signal_no)
     WHERE verdict IS NULL`,
  )
  expect(inForceWithoutVerdict).toEqual([])
  const judgedTwice = await database.query(
    `SELECT signal_id FROM tidegate_ledger.event WHERE kind = 'signal-judged' GROUP BY signal_id HAVING count(*) > 1`,
  )
  expect(judgedTwice).toEqual([])
  expect(await ledger.audit({})).toMatchObject({ isIntact: true, breakCount: 0 })
}

/** Causes whose unapproved signals have more accounts in force by name, or more bytes of a resource, than the cause's credit. */
function overspent(database: House['database']): Promise<object[]> {
  return database.query(
    `WITH spent AS (
       SELECT cause_id, account_id, resource_id, predicted_bytes
       FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no) WHERE approved_at_ms IS NULL
     )
     SELECT cause_id, count(DISTINCT account_id) AS account_count, NULL AS resource_id FROM spent JOIN tidegate_ledger.cause USING (cause_id)
     GROUP BY cause_id, credit_account_count HAVING count(DISTINCT account_id) > credit_account_count
     UNION ALL
     SELECT cause_id, sum(predicted_bytes)::bigint, resource_id FROM spent JOIN tidegate_ledger.cause USING (cause_id)
     GROUP BY cause_id, resource_id, credit_bytes_per_resource HAVING sum(predicted_bytes) > credit_bytes_per_resource`,
  )
}

/** The global credit, where all causes together have more accounts in force without approval. */
function overspentTogether(database: House['database']): Promise<object[]> {
  return database.query(
    `SELECT credit, spent FROM (
       SELECT global_account_count AS credit, (
         SELECT count(DISTINCT account_id) FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
         WHERE approved_at_ms IS NULL AND state IN ('held', 'released')
       ) AS spent FROM tidegate_ledger.ledger
     ) AS together WHERE spent > credit`,
  )
}

/** Signals of more accounts than ten of their cause's credits, approved by who proposed them or registered the cause (G7). */
function wideByTheirOwn(database: House['database']): Promise<object[]> {
  return database.query(
    `SELECT signal_id, approved_by FROM tidegate_ledger.signal JOIN tidegate_ledger.cause USING (cause_id)
     WHERE audience_account_count > 10 * greatest(credit_account_count, 20)
       AND (approved_by = proposed_by OR approved_by = ANY(registered_by))`,
  )
}

/**
 * Each proposal that was acknowledged is there, once, under the name that every acknowledgement of its key gave, and only
 * one of these said that it was new (G2).
 */
export async function expectAcknowledged({ database }: House, { proposals }: Acknowledged): Promise<void> {
  const rows = await database.query<{ idempotency_key: string; signal_id: string }>(
    'SELECT idempotency_key, signal_id FROM tidegate_ledger.signal',
  )
  const kept = new Map(rows.map((row) => [row.idempotency_key, row.signal_id]))
  const wrong = [...proposals].filter(
    ([key, { signalIds, newCount }]) => newCount !== 1 || signalIds.size !== 1 || !signalIds.has(kept.get(key) ?? ''),
  )
  expect(wrong).toEqual([])
  expect(new Set(kept.values()).size).toBe(rows.length)
  expect(proposals.size).toBeGreaterThan(50)
}

async function countOf(database: House['database'], where: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*) AS count FROM tidegate_ledger.signal WHERE ${where}`,
  )
  return row?.count ?? 0
}
