// What tracking costs the team's own writes, on a real PostgreSQL with its default settings: `npx node --conditions=@tidegate/source bench/track.ts`
// in test/, with --json for one object on stdout. Tracked and plain tables are alike and take turns, so whatever the
// machine does meanwhile happens to both.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { track, verifyTrack } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { startPostgres } from '@tidegate/guard/testing'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
})
const rounds = Number(options.rounds)

interface Result {
  readonly id: string
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly bound: number
  readonly holds: boolean
  readonly n: number
  readonly min: number
  readonly max: number
}

const results: Result[] = []
await using server = await startPostgres()
const shownSettings = ['fsync', 'synchronous_commit', 'shared_buffers', 'work_mem', 'max_wal_size']

const parts: Record<string, () => Promise<void>> = {
  'one-account': () => bulk('one-account', 1),
  'thousand-accounts': () => bulk('thousand-accounts', 1000),
  'single-row': singleRow,
  racing: racingWriters,
}
for (const [name, part] of Object.entries(parts)) if (options.only === undefined || options.only === name) await part()
await report()

/** Bulk statements over 100,000 rows, tracked ÷ plain, and the content update at twice the rows. */
async function bulk(name: string, accounts: number) {
  const count = 100_000
  const db = await server.openDatabase()
  await makeTables(db)
  const ratios: Record<string, number[]> = { insert: [], update: [], touch: [], delete: [], linear: [] }
  for (let round = 0; round < rounds; round++) {
    const times: Record<string, Record<string, number>> = {}
    for (const table of alternate(round)) {
      const rows = (from: number, n: number) =>
        `insert into ${table} select 'account-' || (i % ${accounts}), gen_random_uuid(), i / ${accounts}, 1, md5(i::text), jsonb_build_object('subject', repeat(md5(i::text), 8)), 1000
         from generate_series(${from}, ${from + n - 1}) as i`
      await db.script(`truncate ${table}`)
      const insert = await timed(db, rows(0, count))
      await settle(db, table)
      const update = await timed(
        db,
        `update ${table} set content_hash = md5(content_hash), payload = payload || '{"a": 1}', mod_seq = mod_seq + 1`,
      )
      await settle(db, table)
      const touch = await timed(db, `update ${table} set mod_seq = mod_seq + 1`)
      await settle(db, table)
      await db.script(rows(count, count))
      await settle(db, table)
      const updateTwice = await timed(
        db,
        `update ${table} set content_hash = md5(content_hash), payload = payload || '{"a": 2}', mod_seq = mod_seq + 1`,
      )
      await settle(db, table)
      const remove = await timed(db, `delete from ${table}`)
      times[table] = { insert, update, touch, updateTwice, delete: remove }
    }
    const { plain = {}, tracked = {} } = times
    if (!options.json)
      console.error(
        name,
        round,
        JSON.stringify(times, (_, v) => (typeof v === 'number' ? Math.round(v) : v)),
      )
    for (const kind of ['insert', 'update', 'touch', 'delete'])
      ratios[kind]?.push((tracked[kind] ?? 0) / (plain[kind] ?? 1))
    ratios.linear?.push((tracked.updateTwice ?? 0) / (tracked.update ?? 1))
  }
  const of = (kind: string) => ratios[kind] ?? []
  add(`track-update-${name}`, `content update of ${count} rows, ${accounts} accounts, tracked ÷ plain`, of('update'), 6)
  add(`track-insert-${name}`, `insert of ${count} rows, ${accounts} accounts, tracked ÷ plain`, of('insert'), 6)
  add(`track-delete-${name}`, `delete of ${2 * count} rows, ${accounts} accounts, tracked ÷ plain`, of('delete'), 6)
  add(
    `track-touch-${name}`,
    `revision-only update of ${count} rows, ${accounts} accounts, tracked ÷ plain`,
    of('touch'),
    6,
  )
  add(`track-linear-${name}`, `tracked content update, ${2 * count} rows ÷ ${count} rows`, of('linear'), 2.2)
  await assertClean(db, name)
  await db.close()
}

/** Single-row updates over one connection, each its own commit. */
async function singleRow() {
  const db = await server.openDatabase()
  await makeTables(db)
  for (const table of ['plain', 'tracked'])
    await db.script(
      `insert into ${table} select 'account-' || (i % 100), 'item-' || i, i, 1, md5(i::text), '{}', 1000 from generate_series(0, 9999) as i`,
    )
  const ratios: number[] = []
  const statementCount = 300
  for (let round = 0; round < rounds * 3; round++) {
    const times: Record<string, number[]> = { plain: [], tracked: [] }
    for (let at = 0; at < statementCount; at++)
      for (const table of alternate(at)) {
        const i = ((round * statementCount + at) * 7) % 10_000
        const startMs = performance.now()
        await db.query(
          `update ${table} set content_hash = $3, mod_seq = mod_seq + 1 where account_id = $1 and message_id = $2`,
          [`account-${i % 100}`, `item-${i}`, `hash-${round}-${at}`],
        )
        times[table]?.push(performance.now() - startMs)
      }
    const { plain = [], tracked = [] } = times
    if (!options.json) console.error('single row, ms', round, median(plain).toFixed(3), median(tracked).toFixed(3))
    ratios.push(median(tracked) / median(plain))
  }
  add('track-single-row', 'single-row update and its commit, tracked ÷ plain', ratios, 2)
  await assertClean(db, 'single row')
  await db.close()
}

/** Eight writers, transactions of several statements over 20 accounts in orders of their own. */
async function racingWriters() {
  const db = await server.openDatabase()
  await makeTables(db)
  let deadlockCount = 0
  let committedCount = 0
  const writer = async (number: number) => {
    for (let at = 0; at < 150; at++) {
      const order = Array.from(
        { length: 6 },
        (_, step) => (number * 7 + at * 3 + step * (number % 2 === 0 ? 1 : 19)) % 20,
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
  await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)))
  if (!options.json) console.error('racing', { committedCount, deadlockCount })
  add(
    'track-deadlocks',
    '8 writers × 150 transactions of 6 statements over 20 accounts in unlike orders: deadlocks',
    [deadlockCount],
    0,
    'deadlocks',
  )
  await assertClean(db, 'racing writers')
  await db.close()
}

async function makeTables(db: SqlDatabase) {
  for (const table of ['plain', 'tracked'])
    await db.script(`create table ${table} (
      account_id text not null, message_id text not null, uid int8 not null, mod_seq int8 not null,
      content_hash text not null, payload jsonb not null, size_bytes int8 not null,
      primary key (account_id, message_id), unique (account_id, uid)) with (autovacuum_enabled = off)`)
  await track(db, {
    table: 'tracked',
    collection: 'messages',
    columns: {
      accountId: 'account_id',
      itemId: 'message_id',
      ordinal: 'uid',
      revision: 'mod_seq',
      contentHash: 'content_hash',
      payload: 'payload',
      payloadBytes: 'size_bytes',
    },
  })
}

function alternate(round: number): readonly string[] {
  return round % 2 === 0 ? ['plain', 'tracked'] : ['tracked', 'plain']
}

/** Dead rows and dirty pages of the last statement are not the next one's cost. */
async function settle(db: SqlDatabase, table: string) {
  await db.query(`vacuum analyze ${table}`)
  if (table === 'tracked')
    for (const kept of ['track_delta', 'track_bucket', 'track_root']) await db.query(`vacuum tidegate.${kept}`)
  await db.query('checkpoint')
}

async function timed(db: SqlDatabase, text: string): Promise<number> {
  const startMs = performance.now()
  await db.query(text)
  return performance.now() - startMs
}

async function assertClean(db: SqlDatabase, name: string) {
  const found = await verifyTrack(db, 'messages')
  if (!found.isClean) throw new Error(`${name}: digests are wrong: ${JSON.stringify(found)}`)
}

function add(id: string, what: string, values: readonly number[], bound: number, unit = 'ratio') {
  const sorted = [...values].sort((left, right) => left - right)
  const value = median(values)
  results.push({
    id,
    what,
    value,
    unit,
    bound,
    holds: value <= bound,
    n: values.length,
    min: sorted[0] ?? value,
    max: sorted.at(-1) ?? value,
  })
}

async function report() {
  const db = await server.openDatabase()
  const settings: Record<string, string> = { version: server.version }
  for (const name of shownSettings)
    settings[name] = Object.values((await db.query<Record<string, string>>(`show ${name}`))[0] ?? {})[0] ?? ''
  await db.close()
  if (options.json) {
    const machine = { cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, node: process.version }
    console.log(JSON.stringify({ name: 'track', machine, settings, results }))
    return
  }
  console.log(settings)
  console.table(
    results.map(({ id, value, min, max, bound, holds, n }) => ({
      id,
      value: round2(value),
      min: round2(min),
      max: round2(max),
      bound,
      holds,
      n,
    })),
  )
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

function round2(value: number) {
  return Math.round(value * 100) / 100
}
