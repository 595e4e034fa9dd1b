import type { SqlDatabase } from '@tidegate/guard/sql'
import { startPostgres } from '@tidegate/guard/testing'
import { type BenchOptions, type Measured, msOf, type Round } from './bench-result.ts'
import { assertClean, inTurn, makeTables, ratioOf, type Table } from './tracked-tables.ts'

const ROWS = 100_000

/**
 * Single statements over 100,000 rows, tracked ÷ plain, on a PostgreSQL with the settings of a fresh install; and the
 * content update of twice the rows ÷ that of the rows, which says whether it grows faster than the work.
 */
export async function bulkWrites(
  name: string,
  accountCount: number,
  { rounds = 5 }: BenchOptions,
): Promise<Measured[]> {
  await using server = await startPostgres()
  const db = await server.openDatabase()
  await makeTables(db)
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const times: Record<string, number> = {}
    for (const table of inTurn(round)) Object.assign(times, await oneRound(db, table, accountCount))
    measured.push(times)
  }
  await assertClean(db)
  await db.close()
  const peer = 'the same statement on the same table without tracking'
  const ratio = (kind: string, what: string) =>
    ratioOf(
      { id: `track-${kind}-${name}`, what: `${what}, ${accountCount} accounts`, bound: 6, peer },
      measured,
      (round) => (round[`tracked-${kind}-ms`] ?? Number.NaN) / (round[`plain-${kind}-ms`] ?? Number.NaN),
    )
  return [
    ratio('insert', `insert of ${ROWS} rows`),
    ratio('update', `content update of ${ROWS} rows`),
    ratio('touch', `revision-only update of ${ROWS} rows`),
    ratio('delete', `delete of ${2 * ROWS} rows`),
    ratioOf(
      {
        id: `track-linear-${name}`,
        what: `tracked content update of ${2 * ROWS} rows ÷ of ${ROWS}, ${accountCount} accounts`,
        bound: 2.2,
      },
      measured,
      (round) => (round['tracked-update-twice-ms'] ?? Number.NaN) / (round['tracked-update-ms'] ?? Number.NaN),
    ),
  ]
}

async function oneRound(db: SqlDatabase, table: Table, accountCount: number): Promise<Round> {
  const times: Record<string, number> = {}
  const run = async (kind: string, text: string) => {
    await settle(db, table)
    times[`${table}-${kind}-ms`] = await msOf(() => db.query(text))
  }
  const insert = (from: number) =>
    `insert into ${table} select 'account-' || (i % ${accountCount}), gen_random_uuid(), i / ${accountCount}, 1, md5(i::text), jsonb_build_object('subject', repeat(md5(i::text), 8)), 1000
     from generate_series(${from}, ${from + ROWS - 1}) as i`
  const update = (step: number) =>
    `update ${table} set content_hash = md5(content_hash), payload = payload || '{"a": ${step}}', mod_seq = mod_seq + 1`
  await db.script(`truncate ${table}`)
  await run('insert', insert(0))
  await run('update', update(1))
  await run('touch', `update ${table} set mod_seq = mod_seq + 1`)
  await db.script(insert(ROWS))
  await run('update-twice', update(2))
  await run('delete', `delete from ${table}`)
  return times
}

/** Dead rows and dirty pages of the last statement are not the next one's cost. */
async function settle(db: SqlDatabase, table: Table): Promise<void> {
  await db.query(`vacuum analyze ${table}`)
  if (table === 'tracked')
    for (const kept of ['track_delta', 'track_bucket', 'track_root']) await db.query(`vacuum tidegate.${kept}`)
  await db.query('checkpoint')
}
