import { expect } from 'vitest'
import type { Bombardment } from './bombard.ts'
import type { Call } from './calls.ts'
import type { House } from './house.ts'

/** Of each call; the figures. */
const LEAST_ACCEPTED = 1_000
const LEAST_REFUSED = 1_000
/** A process that keeps what it was sent would hold several times this after gigabytes of input. */
const MOST_RESIDENT_BYTES = 2.5e9

/**
 * What must hold of the answers: enough of each kind, and none that is nobody's business.
 *
 * @param fewer calls that are accepted less often, because an accepted one keeps the next from being possible
 */
export function expectGoodAnswers(
  { tally }: Bombardment,
  house: House,
  calls: readonly Call[],
  fewer: Readonly<Partial<Record<Call, number>>> = {},
): void {
  expect(tally.faults).toEqual([])
  expect(house.errors).toEqual([])
  const short = calls.filter((call) => {
    const counts = tally.counts.get(call)
    return (
      !counts ||
      counts.accepted < (fewer[call] ?? LEAST_ACCEPTED) ||
      counts.refused < LEAST_REFUSED ||
      counts.unreadable < 1
    )
  })
  expect(short.map((call) => ({ call, ...tally.counts.get(call) }))).toEqual([])
  expect(process.memoryUsage.rss()).toBeLessThan(MOST_RESIDENT_BYTES)
}

/** What must hold of the ledger's rows, whatever came in (G1, G2, G7). */
export async function expectSoundLedger({ database, ledger, guard }: House): Promise<void> {
  while ((await countOf(database, `state = 'waiting'`)) > 0) await guard.refresh()
  expect(await overspent(database)).toEqual([])
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

/** Causes whose unapproved signals have more accounts in force by name than the cause's credit, or than all may. */
function overspent(database: House['database']): Promise<object[]> {
  return database.query(
    `SELECT cause_id, count(DISTINCT account_id) AS account_count, credit_account_count
     FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no) JOIN tidegate_ledger.cause USING (cause_id)
     WHERE approved_at_ms IS NULL GROUP BY cause_id, credit_account_count
     HAVING count(DISTINCT account_id) > credit_account_count`,
  )
}

async function countOf(database: House['database'], where: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*) AS count FROM tidegate_ledger.signal WHERE ${where}`,
  )
  return row?.count ?? 0
}
