import { Actor, ALL_ORDINALS } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { Sql, SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aProposal, DAY_MS, NOW_MS } from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { installOutbox } from './install-outbox.ts'
import { readOutbox, type TakenGroup, takeFromOutbox } from './outbox-group.ts'

const ADA = Actor.parse('ada')

async function take(sql: Sql): Promise<readonly TakenGroup[]> {
  const { groups, remove } = await takeFromOutbox(sql, { limit: 10, fewAccounts: 10 })
  await remove()
  return groups
}
const onPostgres = hasPostgres('Outbox contract: PostgreSQL')

describe('PGlite', () => {
  describe('outbox', () => outboxContract(openMemoryPglite))
  describe('refusals', () => refusalsContract(openMemoryPglite))
})

describe.skipIf(!onPostgres)('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  describe('outbox', () => outboxContract(() => server.openDatabase()))
  describe('refusals', () => refusalsContract(() => server.openDatabase()))

  test('G2: the row of a slow transaction is not skipped by those that overtook it', async () => {
    await using database = disposable(await server.openDatabase())
    await installOutbox(database)
    const ledger = await aLedger(database, { outboxes: [{ name: 'app', database }] })
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const propose = (account: string) =>
      `SELECT tidegate.propose(cause => 'labels-2023-07', account => '${account}', collections => ARRAY['messages'], expires_in => '7 days')`
    const waits = deferred()
    const written = deferred()
    const slow = database.transaction(async (sql) => {
      await sql.query(propose('a00001'))
      written.resolve()
      await waits.promise
    })
    await written.promise
    await database.query(propose('a00002'))
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
    waits.resolve()
    await slow
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
    expect((await ledger.snapshot(null))?.signals.map((signal) => [...signal.namedAccounts])).toEqual([
      ['a00002'],
      ['a00001'],
    ])
  })

  test('a node that hangs while it takes rows in keeps nobody else from the rest', async () => {
    await using database = disposable(await server.openDatabase())
    await installOutbox(database)
    const propose = (account: string) =>
      database.query(`SELECT tidegate.propose(cause => 'labels-2023-07', account => $1)`, [account])
    await propose('a00001')
    const waits = deferred()
    const taken = deferred()
    const hanging = database.transaction(async (sql) => {
      expect(await take(sql)).toHaveLength(1)
      taken.resolve()
      await waits.promise
    })
    await taken.promise
    await propose('a00002')
    const others = await database.transaction(take)
    expect(others.map((group) => group.accounts)).toEqual([{ kind: 'few', accountIds: ['a00002'] }])
    waits.resolve()
    await hanging
    expect(await readOutbox(database)).toEqual([])
  })

  test('G2: nodes that take from one outbox at once take each proposal once', async () => {
    await using database = disposable(await server.openDatabase())
    await using app = disposable(await server.openDatabase())
    await installOutbox(app)
    const open = () => aLedger(database, { outboxes: [{ name: 'app', database: app }] })
    const nodes = await Promise.all([open(), open(), open(), open()])
    for (let at = 0; at < 60; at++) {
      await app.query(
        `SELECT tidegate.propose(cause => $1, account => account_id) FROM unnest($2::text[]) AS account_id`,
        [`cause-${at}`, accountNames(5)],
      )
    }
    const judged = await Promise.all(nodes.map((node) => node.judge(NOW_MS)))
    const rest = await nodes[0]?.judge(NOW_MS)
    const sum = [...judged, rest].reduce((total, each) => total + (each?.judgedSignalCount ?? 0), 0)
    expect(sum).toBe(60)
    const rows = await database.query('SELECT DISTINCT proposal_count, cause_id FROM tidegate_ledger.signal')
    expect(rows).toHaveLength(60)
    expect(rows.every((row) => 'proposal_count' in row && row.proposal_count === 5)).toBe(true)
  })
})

function outboxContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    await installOutbox(database)
    ledger = await aLedger(database, { outboxes: [{ name: 'app', database }] })
    await ledger.registerCause(aCause(), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  async function signals() {
    await ledger.judge(NOW_MS)
    const { causes } = await ledger.overview(NOW_MS)
    return causes.flatMap((cause) => cause.signals)
  }

  test('it may be installed again, and by two at once', async () => {
    await Promise.all([installOutbox(database), installOutbox(database)])
    await database.transaction((sql) => installOutbox(sql))
  })

  test('a migration proposes for the accounts a query finds', async () => {
    await database.script(`
      CREATE SCHEMA mailbox;
      CREATE TABLE mailbox.account AS SELECT 'a' || lpad(n::text, 5, '0') AS account_id FROM generate_series(0, 4) AS n;
      SELECT tidegate.propose(
        cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM mailbox.account), action => 'refetch',
        reason => 'labels were renumbered', expires_in => interval '7 days');
    `)
    const [signal] = await signals()
    expect(signal).toMatchObject({
      causeId: 'labels-2023-07',
      action: 'refetch',
      scope: { kind: 'account' },
      reason: 'labels were renumbered',
      verdict: { kind: 'release', canaryAccountCount: 5 },
    })
    expect(signal?.expiresInMs).toBeGreaterThan(7 * DAY_MS - 60_000)
  })

  test('rows of one transaction that differ in their accounts alone become one signal', async () => {
    await database.transaction(async (sql) => {
      for (const scope of ['messages', 'bodies']) {
        await sql.query(
          `SELECT tidegate.propose(cause => 'labels-2023-07', account => account_id, collections => ARRAY[$1], expires_in => '1 day')
           FROM unnest($2::text[]) AS account_id`,
          [scope, accountNames(4)],
        )
      }
    })
    await database.query(
      `SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00004', collections => ARRAY['messages'], expires_in => '1 day')`,
    )
    expect((await readOutbox(database)).map((group) => [group.rowCount, group.accountIds?.length])).toEqual([
      [4, 4],
      [4, 4],
      [1, 1],
    ])
    expect((await signals()).map((signal) => signal.audienceAccountCount).sort()).toEqual([1, 4, 4])
  })

  test('what is rolled back never happened', async () => {
    const migration = database.transaction(async (sql) => {
      await sql.query(`SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00001')`)
      throw new Error('the migration failed')
    })
    await expect(migration).rejects.toThrow('the migration failed')
    expect(await signals()).toEqual([])
  })

  test('everyone, classes and versions arrive as they were written', async () => {
    await database.query(
      `SELECT tidegate.propose(cause => 'labels-2023-07', everyone => true, classes => ARRAY['bridge', 'desktop'],
         versions_at_least => '3.4', versions_below => '3.4.2', collections => ARRAY['messages'], expires_in => '1 day')`,
    )
    await signals()
    expect((await ledger.snapshot(null))?.signals[0]).toMatchObject({
      audienceAccounts: null,
      filter: { clientClasses: ['bridge', 'desktop'], appVersions: { atLeast: '3.4', below: '3.4.2' } },
    })
  })

  test('a range of cohorts and one of ordinals arrive as they were written', async () => {
    await database.query(
      `SELECT tidegate.propose(cause => 'labels-2023-07', everyone => true, cohorts_from => 0.25, cohorts_below => 0.3,
         collections => ARRAY['messages', 'bodies'], from_ordinal => 5000, to_ordinal => 7000, expires_in => '1 day')`,
    )
    await database.query(
      `SELECT tidegate.propose(cause => 'labels-2023-07', everyone => true, cohorts_below => 0.1,
         collections => ARRAY['messages'], from_ordinal => 5000, expires_in => '1 day')`,
    )
    await signals()
    const told = (await ledger.snapshot(null))?.signals
    const range = { fromOrdinal: 5000, toOrdinal: 7000 }
    expect(told?.[0]).toMatchObject({
      filter: { cohorts: { from: 0.25, below: 0.3 } },
      scope: {
        collections: [
          { collection: 'bodies', range },
          { collection: 'messages', range },
        ],
      },
    })
    expect(told?.[1]).toMatchObject({
      filter: { cohorts: { from: 0, below: 0.1 } },
      scope: { collections: [{ range: { ...ALL_ORDINALS, fromOrdinal: 5000 } }] },
    })
  })

  test('collections are each written once, however their array is made', async () => {
    const collectionsOf = async (array: string) => {
      await database.query(
        `SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00001', collections => ${array})`,
      )
      const [row] = await database.query<{ named: unknown }>(
        `SELECT proposal->'scope'->'collections' AS named FROM tidegate.outbox`,
      )
      await database.query('DELETE FROM tidegate.outbox')
      return row?.named
    }
    expect(await collectionsOf(`'[5:5]={messages}'`)).toEqual([{ collection: 'messages' }])
    expect(await collectionsOf(`ARRAY[ARRAY['messages', 'bodies'], ARRAY['bodies', 'messages']]`)).toEqual([
      { collection: 'bodies' },
      { collection: 'messages' },
    ])
  })

  test('an outbox of an earlier version keeps one function, the new one', async () => {
    await database.script(`
      DROP FUNCTION tidegate.propose;
      CREATE FUNCTION tidegate.propose(cause text, account text DEFAULT NULL, accounts text[] DEFAULT NULL,
        everyone boolean DEFAULT false, action text DEFAULT 'verify', collections text[] DEFAULT NULL,
        reason text DEFAULT NULL, expires_in interval DEFAULT NULL, classes text[] DEFAULT NULL,
        versions_at_least text DEFAULT NULL, versions_below text DEFAULT NULL, idempotency_key text DEFAULT NULL
      ) RETURNS void LANGUAGE sql AS '';`)
    await installOutbox(database)
    await database.query(`SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00001')`)
    expect(await signals()).toHaveLength(1)
  })

  test('a query that finds no account proposes nothing', async () => {
    await database.query(`SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY[]::text[])`)
    expect(await readOutbox(database)).toEqual([])
  })

  test.each(['\t', '\n ', '\u00a0', '\u3000'])(
    'a reason of nothing but white space (%j) is none, and its proposal is kept (G2)',
    async (reason) => {
      await database.query(
        `SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00001', reason => $1, expires_in => '1 day')`,
        [reason],
      )
      expect(await signals()).toMatchObject([{ state: 'held', verdict: { findings: [{ ruleId: 'TG004' }] } }])
    },
  )

  test('a key that was used before is one proposal; with other contents it is a rejected one, and the queue goes on', async () => {
    const propose = (account: string) =>
      database.query(
        `SELECT tidegate.propose(cause => 'labels-2023-07', account => $1, collections => ARRAY['messages'],
           expires_in => '1 day', idempotency_key => 'run-1')`,
        [account],
      )
    await propose('a00001')
    expect(await signals()).toHaveLength(1)
    await propose('a00001')
    expect(await signals()).toHaveLength(1)
    await propose('a00002')
    const rejected = (await signals()).find(({ state }) => state === 'rejected')
    expect(rejected).toMatchObject({ verdict: { findings: [{ ruleId: 'TG010' }] } })
    expect(rejected?.verdict.findings[0]?.message).toContain('run-1 was used before')
  })

  test('G2: rows that somebody wrote by hand are rejected with a finding, and what stands behind them is judged', async () => {
    await database.script(`
      INSERT INTO tidegate.outbox (proposal, account_ids) VALUES ('{"causeId": "labels-2023-07", "action": "purge"}', '{a00001}');
      INSERT INTO tidegate.outbox (proposal, account_ids) VALUES ('17', NULL), ('{}', '{}'), ('{"causeId": 5}', '{NULL,a00001}');
      INSERT INTO tidegate.outbox (proposal, account_ids) VALUES ('{"causeId": "x", "idempotencyKey": 7, "action": "verify", "scope": {"kind": "account"}}', '{a00001}');
    `)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    const states = (await signals()).map((signal) => [
      signal.state,
      signal.verdict.findings.map((each) => each.ruleId).at(-1),
    ])
    expect(states.filter(([state, ruleId]) => state === 'rejected' && ruleId === 'TG010')).toHaveLength(5)
    expect(states.filter(([state]) => state === 'released')).toHaveLength(1)
    expect(await readOutbox(database)).toEqual([])
  })

  test('G1: what a row written by hand says of its audience narrows it', async () => {
    await byHand({
      clientClasses: ['bridge'],
      appVersions: { below: '3.4.2' },
      cohorts: { from: 0, below: 0.01 },
      scope: {
        kind: 'collections',
        collections: [{ collection: 'messages', range: { fromOrdinal: 5, toOrdinal: 6 } }],
      },
    })
    await signals()
    expect((await ledger.snapshot(null))?.signals).toMatchObject([
      {
        filter: { clientClasses: ['bridge'], appVersions: { below: '3.4.2' }, cohorts: { from: 0, below: 0.01 } },
        scope: { collections: [{ range: { fromOrdinal: 5, toOrdinal: 6 } }] },
      },
    ])
  })

  test.each<[string, object]>([
    ['audience', { audience: { cohorts: { from: 0, below: 0.01 } } }],
    ['cohort', { cohort: 0.01 }],
    ['client_classes', { client_classes: ['bridge'] }],
    ['appVersions.under', { appVersions: { atLeast: '3', under: '4' } }],
    ['cohorts.to', { cohorts: { from: 0, below: 0.5, to: 0.1 } }],
    ['scope.collections', { scope: { kind: 'account', collections: [{ collection: 'messages' }] } }],
    [
      'scope.collections.0.ordinals',
      { scope: { kind: 'collections', collections: [{ collection: 'x', ordinals: 5 }] } },
    ],
  ])(
    'G1: a row with a field that nobody reads (%s) is rejected, for it may have been meant to narrow',
    async (field, fields) => {
      await byHand(fields)
      const [signal] = await signals()
      expect(signal).toMatchObject({ state: 'rejected', verdict: { findings: [{ ruleId: 'TG010' }] } })
      expect(signal?.verdict.findings[0]?.message).toContain(field)
    },
  )

  async function byHand(fields: object) {
    const proposal = { causeId: 'labels-2023-07', scope: { kind: 'account' }, expiresInMs: DAY_MS, ...fields }
    await database.query('INSERT INTO tidegate.outbox (proposal) VALUES ($1::text::jsonb)', [JSON.stringify(proposal)])
  }
}

function refusalsContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  beforeAll(async () => {
    database = await openDatabase()
    await installOutbox(database)
  })
  afterAll(() => database.close())

  test.each([
    [`cause => ''`, 'cause must be 1 to 128 characters'],
    [`cause => 'x'`, 'exactly one of account, accounts and everyone'],
    [`cause => 'x', account => NULL`, 'exactly one of account, accounts and everyone'],
    [`cause => 'x', account => 'a', everyone => true`, 'exactly one of account, accounts and everyone'],
    [`cause => 'x', accounts => ARRAY['a', NULL]`, 'an account must be 1 to 128 characters'],
    [`cause => 'x', account => E'a\\nb'`, 'an account must be 1 to 128 characters'],
    [`cause => E'\\uFEFFx', account => 'a'`, 'cause must be 1 to 128 characters'],
    [`cause => 'x', account => E'\\uFEFFa'`, 'an account must be 1 to 128 characters'],
    [`cause => 'x', account => 'a', action => 'purge'`, "action must be verify or refetch, got 'purge'"],
    [`cause => 'x', account => 'a', collections => ARRAY[]::text[]`, 'collections must be 1 to 32 names'],
    [`cause => 'x', account => 'a', collections => ARRAY['m', NULL]`, 'collections must be 1 to 32 names'],
    [`cause => 'x', account => 'a', collections => ARRAY[E'\\x01', 'm']`, 'collections must be 1 to 32 names'],
    [`cause => 'x', account => 'a', classes => ARRAY['Bridge']`, 'classes must be 1 to 16 lower-case words'],
    [`cause => 'x', account => 'a', versions_below => 'v3'`, 'versions must be one to four numbers'],
    [
      `cause => 'x', account => 'a', cohorts_below => 1.5`,
      'cohorts must be within 0 and 1, the first below the second',
    ],
    [`cause => 'x', account => 'a', cohorts_from => 0.5, cohorts_below => 0.5`, 'got 0.5 and 0.5'],
    [`cause => 'x', account => 'a', cohorts_from => 'NaN'`, 'cohorts must be within 0 and 1'],
    [`cause => 'x', account => 'a', to_ordinal => 5`, 'a range of ordinals needs collections'],
    [
      `cause => 'x', account => 'a', collections => ARRAY['m'], from_ordinal => 5, to_ordinal => 5`,
      'ordinals must be from 0 to 9007199254740991, the first below the second, got 5 and 5',
    ],
    [`cause => 'x', account => 'a', collections => ARRAY['m'], from_ordinal => -1`, 'ordinals must be from 0'],
    [`cause => 'x', account => 'a', reason => '  '`, 'reason must be 1 to 500 characters'],
    [`cause => 'x', account => 'a', expires_in => interval '-1 day'`, 'expires_in must be more than nothing'],
    [`cause => 'x', account => 'a', expires_in => interval '401 days'`, 'at most 400 days'],
    [`cause => 'x', account => 'a', idempotency_key => ''`, 'idempotency_key must be 1 to 128 characters'],
  ])('tidegate.propose(%s) is refused', async (call, message) => {
    await expect(database.query(`SELECT tidegate.propose(${call})`)).rejects.toThrow(message)
  })
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

function disposable(database: SqlDatabase): SqlDatabase & AsyncDisposable {
  return { ...database, [Symbol.asyncDispose]: () => database.close() }
}
