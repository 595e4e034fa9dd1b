import { startPostgres } from '@tidegate/guard/testing'
import { type BenchOptions, type Measured, median, msOf, type Round } from '../bench-result.ts'
import { assertClean, inTurn, makeTables, ratioOf, TABLES } from '../tracked-tables.ts'

const STATEMENTS_A_ROUND = 300

/** Updates of a single row over one connection, each its own commit: what most of a mail service's writes are. */
export async function singleRow({ rounds = 15 }: BenchOptions): Promise<Measured> {
  await using server = await startPostgres()
  const db = await server.openDatabase()
  await makeTables(db)
  for (const table of TABLES)
    await db.script(
      `insert into ${table} select 'account-' || (i % 100), 'item-' || i, i, 1, md5(i::text), '{}', 1000 from generate_series(0, 9999) as i`,
    )
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const times = { plain: [] as number[], tracked: [] as number[] }
    for (let at = 0; at < STATEMENTS_A_ROUND; at++)
      for (const table of inTurn(at)) {
        const item = ((round * STATEMENTS_A_ROUND + at) * 7) % 10_000
        const given = [`account-${item % 100}`, `item-${item}`, `hash-${round}-${at}`]
        const update = () =>
          db.query(
            `update ${table} set content_hash = $3, mod_seq = mod_seq + 1 where account_id = $1 and message_id = $2`,
            given,
          )
        times[table].push(await msOf(update))
      }
    measured.push({ plainMs: median(times.plain), trackedMs: median(times.tracked) })
  }
  await assertClean(db)
  await db.close()
  const about = { id: 'track-single-row', what: 'update of a single row and its commit', bound: 2 }
  return ratioOf(
    { ...about, peer: 'the same statement on the same table without tracking' },
    measured,
    ({ plainMs = Number.NaN, trackedMs = Number.NaN }) => trackedMs / plainMs,
  )
}
