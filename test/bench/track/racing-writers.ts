import { startPostgres } from '@tidegate/guard/testing'
import type { Measured } from '../bench-result.ts'
import { assertClean, makeTables } from '../tracked-tables.ts'

const WRITERS = 8
const TRANSACTIONS_A_WRITER = 150
const STATEMENTS_A_TRANSACTION = 6
const ACCOUNTS = 20

/** Eight writers, transactions of several statements over 20 accounts in orders of their own: how many deadlock. */
export async function racingWriters(): Promise<Measured> {
  await using server = await startPostgres()
  const db = await server.openDatabase()
  await makeTables(db)
  let deadlockCount = 0
  let committedCount = 0
  const writer = async (number: number) => {
    for (let at = 0; at < TRANSACTIONS_A_WRITER; at++) {
      const order = Array.from(
        { length: STATEMENTS_A_TRANSACTION },
        (_, step) => (number * 7 + at * 3 + step * (number % 2 === 0 ? 1 : 19)) % ACCOUNTS,
      )
      try {
        await db.transaction(async (sql) => {
          for (const account of order)
            await sql.query(
              `insert into tracked values ($1, $2, $3, 1, $4, '{}', 10)
               on conflict (account_id, message_id) do update set content_hash = excluded.content_hash`,
              [`account-${account}`, `item-${number}-${at % 10}`, number * 1000 + (at % 10), `hash-${at}-${account}`],
            )
        })
        committedCount += 1
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '40P01')) throw error
        deadlockCount += 1
      }
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)))
  await assertClean(db)
  await db.close()
  return {
    id: 'track-deadlocks',
    what: `${WRITERS} writers × ${TRANSACTIONS_A_WRITER} transactions of ${STATEMENTS_A_TRANSACTION} statements over ${ACCOUNTS} accounts in unlike orders; ${committedCount} committed`,
    value: deadlockCount,
    unit: 'deadlocks',
    bound: 0,
    holds: deadlockCount === 0,
    n: committedCount + deadlockCount,
    min: deadlockCount,
    max: deadlockCount,
  }
}
