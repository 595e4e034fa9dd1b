import assert from 'node:assert/strict'
import { sqlStateOf } from './edge/sql/serialization-retry.ts'
import type { SqlDatabase } from './sql.ts'
import type { TestRunner } from './testing/test-runner.ts'

export interface SqlContractOptions {
  /** Opens an empty database of its own; the suite closes it. */
  readonly open: () => Promise<SqlDatabase>
}

/**
 * What every implementation of the `Sql` port must do, as tests.
 *
 * @example sqlContract({ describe, test }, 'PGlite', { open: () => openPglite('memory://') })
 */
export function sqlContract({ describe, test }: TestRunner, name: string, options: SqlContractOptions): void {
  const withDatabase = (body: (db: SqlDatabase) => Promise<void>) => async () => {
    const db = await options.open()
    try {
      await body(db)
    } finally {
      await db.close()
    }
  }

  describe(`Sql contract: ${name}`, () => {
    test(
      'a bigint comes back as a number, alone and in an array',
      withDatabase(async (db) => {
        const rows = await db.query('select 9007199254740991::int8 as a, -5::int8 as b, array[1, null]::int8[] as c')
        assert.deepEqual(rows, [{ a: 9007199254740991, b: -5, c: [1, null] }])
      }),
    )

    test(
      'a bigint beyond 2^53 is an error, never a rounded number, and the database goes on',
      withDatabase(async (db) => {
        await assert.rejects(db.query('select 9007199254740993::int8 as a'), RangeError)
        await assert.rejects(db.query('select array[9007199254740993]::int8[] as a'), RangeError)
        assert.deepEqual(await db.query('select 1::int8 as a'), [{ a: 1 }])
      }),
    )

    test(
      'jsonb goes in as JSON text or as an object and comes back parsed',
      withDatabase(async (db) => {
        const value = { list: [1, 'zwei', null, { three: true }], text: 'quote " and \\ and ✉️' }
        for (const parameter of [value, JSON.stringify(value)])
          assert.deepEqual(await db.query('select $1::jsonb as j', [parameter]), [{ j: value }])
        assert.deepEqual(await db.query('select $1::jsonb as j', ['[1, 2]']), [{ j: [1, 2] }])
        assert.deepEqual(await db.query('select $1::jsonb as j', ['"text"']), [{ j: 'text' }])
      }),
    )

    test(
      'text[] goes in and comes out as an array of strings, awkward ones included',
      withDatabase(async (db) => {
        const texts = ['', 'a,b', '{c}', 'd"e', 'f\\g', 'NULL', ' h ', 'ünïcödé ✉️']
        assert.deepEqual(await db.query('select $1::text[] as t', [texts]), [{ t: texts }])
        assert.deepEqual(await db.query('select $1::text[] as t', [[]]), [{ t: [] }])
      }),
    )

    test(
      'numbers, booleans, nulls and bytes go in and come out',
      withDatabase(async (db) => {
        const [row] = await db.query<{ n: number; b: boolean; z: null; y: Uint8Array; s: number[] }>(
          'select $1::int8 as n, $2::boolean as b, $3::text as z, $4::bytea as y, $5::int8[] as s',
          [7, true, null, new Uint8Array([0, 1, 255]), [3, 4]],
        )
        assert.ok(row)
        assert.deepEqual({ ...row, y: [...row.y] }, { n: 7, b: true, z: null, y: [0, 1, 255], s: [3, 4] })
      }),
    )

    test(
      'a text of several megabytes survives the way in and out',
      withDatabase(async (db) => {
        const text = 'ä✉️x'.repeat(700_000)
        const [row] = await db.query<{ text: string }>('select $1::text as text', [text])
        assert.ok(row?.text === text)
      }),
    )

    test(
      'a script runs several statements, all or none of them',
      withDatabase(async (db) => {
        await db.script('create table t (n int8); insert into t values (1); insert into t values (2)')
        await assert.rejects(db.script('insert into t values (3); select 1 / 0'))
        assert.deepEqual(await db.query('select n from t order by n'), [{ n: 1 }, { n: 2 }])
      }),
    )

    test(
      'an error carries its SQLSTATE',
      withDatabase(async (db) => {
        await assert.rejects(db.query('select 1 / 0'), (error) => sqlStateOf(error) === '22012')
      }),
    )

    test(
      'a transaction is all or nothing, and what work throws comes out unchanged',
      withDatabase(async (db) => {
        await db.script('create table t (n int8)')
        const mistake = new Error('changed my mind')
        const failed = db.transaction(async (sql) => {
          await sql.query('insert into t values (1)')
          throw mistake
        })
        await assert.rejects(failed, (error) => error === mistake)
        const answer = await db.transaction(async (sql) => {
          await sql.query('insert into t values ($1)', [2])
          await sql.script('insert into t values (3); insert into t values (4)')
          return 'done'
        })
        assert.equal(answer, 'done')
        assert.deepEqual(await db.query('select n from t order by n'), [{ n: 2 }, { n: 3 }, { n: 4 }])
      }),
    )

    test(
      'a transaction whose work swallowed an error is not called committed',
      withDatabase(async (db) => {
        await db.script('create table t (n int8)')
        const aborted = db.transaction(async (sql) => {
          await sql.query('insert into t values (1)')
          await sql.query('select 1 / 0').catch(() => undefined)
        })
        await assert.rejects(aborted, (error) => sqlStateOf(error) === '25P02')
        assert.deepEqual(await db.query('select n from t'), [])
      }),
    )

    test(
      'a transaction that fails at its commit is an error, and the database goes on',
      withDatabase(async (db) => {
        await db.script('create table t (n int8 unique deferrable initially deferred)')
        const twice = db.transaction((sql) => sql.query('insert into t values (1), (1)'))
        await assert.rejects(twice, (error) => sqlStateOf(error) === '23505')
        await db.transaction((sql) => sql.query('insert into t values (2)'))
        assert.deepEqual(await db.query('select n from t'), [{ n: 2 }])
      }),
    )

    test(
      'asking the database inside its own transaction is an error, not a deadlock',
      withDatabase(async (db) => {
        await db.transaction(async () => {
          await assert.rejects(db.query('select 1'), /inside its own transaction/)
          await assert.rejects(db.script('select 1'), /inside its own transaction/)
          await assert.rejects(
            db.transaction(async () => undefined),
            /inside its own transaction/,
          )
        })
        assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }])
      }),
    )

    test(
      'the Sql of a transaction that has ended is refused',
      withDatabase(async (db) => {
        const sql = await db.transaction(async (inside) => inside)
        await assert.rejects(sql.query('select 1'), /has ended/)
        await assert.rejects(sql.script('select 1'), /has ended/)
      }),
    )

    test(
      'transactions and queries started together all come through',
      withDatabase(async (db) => {
        await db.script('create table t (n int8); insert into t values (0)')
        const add = () => db.transaction((sql) => sql.query('update t set n = n + 1'))
        await Promise.all(Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? db.query('select n from t') : add())))
        assert.deepEqual(await db.query('select n from t'), [{ n: 20 }])
      }),
    )

    test(
      'repeatable read sees one snapshot, read committed is the default',
      withDatabase(async (db) => {
        const level = (sql: Pick<SqlDatabase, 'query'>) => sql.query('show transaction isolation level')
        const repeatable = await db.transaction(level, { isolation: 'repeatable read' })
        assert.deepEqual(repeatable, [{ transaction_isolation: 'repeatable read' }])
        assert.deepEqual(await db.transaction(level), [{ transaction_isolation: 'read committed' }])
      }),
    )

    test(
      'after a serialization failure repeatable read tries three times more, read committed not once',
      withDatabase(async (db) => {
        const conflict = "do $$ begin raise exception 'conflict' using errcode = '40001'; end $$"
        const attempts = async (isolation: 'read committed' | 'repeatable read', failCount: number) => {
          let attemptCount = 0
          const ended = db.transaction(
            async (sql) => {
              if (++attemptCount <= failCount) await sql.script(conflict)
            },
            { isolation },
          )
          const outcome = await ended.then(
            () => 'committed',
            (error) => sqlStateOf(error),
          )
          return { attemptCount, outcome }
        }
        assert.deepEqual(await attempts('repeatable read', 3), { attemptCount: 4, outcome: 'committed' })
        assert.deepEqual(await attempts('repeatable read', 9), { attemptCount: 4, outcome: '40001' })
        assert.deepEqual(await attempts('read committed', 9), { attemptCount: 1, outcome: '40001' })
      }),
    )

    test(
      'what listens hears of each commit that notified its channel, and of no other',
      withDatabase(async (db) => {
        if (!db.listen) return
        const heard = { ours: 0, theirs: 0 }
        const stop = new AbortController()
        const hears = (channel: 'ours' | 'theirs') =>
          new Promise<void>((resolve) => {
            waiting[channel] = resolve
          })
        const waiting: { ours?: () => void; theirs?: () => void } = {}
        for (const channel of ['ours', 'theirs'] as const) {
          const onNotify = () => {
            heard[channel] += 1
            waiting[channel]?.()
          }
          await db.listen(channel, onNotify, stop.signal)
        }
        const rolledBack = db.transaction(async (sql) => {
          await sql.query("select pg_notify('theirs', '')")
          throw new Error('changed my mind')
        })
        await assert.rejects(rolledBack)
        const first = hears('ours')
        await db.transaction((sql) => sql.query("select pg_notify('ours', '')"))
        await first
        assert.deepEqual(heard, { ours: 1, theirs: 0 })
        const second = hears('theirs')
        await db.query("select pg_notify('theirs', '')")
        await second
        assert.deepEqual(heard, { ours: 1, theirs: 1 })
        stop.abort()
      }),
    )

    test(
      'closing twice is safe',
      withDatabase(async (db) => {
        await db.query('select 1')
        await db.close()
        await assert.rejects(db.query('select 1'))
      }),
    )
  })
}
