import { Actor } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isReleasedTo } from '../core/in-force.ts'
import type { Ledger } from '../core/ledger.ts'
import { installOutbox } from '../outbox/install-outbox.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, aReport, NOW_MS, sightingsOf } from '../testing/a-ledger.ts'
import { Crashed, CrashPoint, faultyDatabase } from '../testing/faulty-database.ts'
import { type DatabaseStart, openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'

const ADA = Actor.parse('ada')
/** More than one statement brings from another database, and many pages. */
const MANY = accountNames(20_000)

/** The two ways in which a migration proposes for what a query finds. */
const styles = {
  'one call with all accounts': (ids: readonly string[], more = '') =>
    `SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(${selectOf(ids)}), collections => ARRAY['messages'], expires_in => '7 days'${more})`,
  'a call for each account': (ids: readonly string[], more = '') =>
    `SELECT tidegate.propose(cause => 'labels-2023-07', account => id, collections => ARRAY['messages'], expires_in => '7 days'${more}) FROM (${selectOf(ids)}) AS found(id)`,
}

describe('PGlite', () => bulkContract(openMemoryPglite))

describe.skipIf(!hasPostgres('Bulk proposals: PostgreSQL'))('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  bulkContract((start) => server.openDatabase(start))

  test('two bulks in opposite orders, taken in by two nodes at once, do not wait for each other', async () => {
    const database = await server.openDatabase('ledger-tables')
    const app = await server.openDatabase()
    await installOutbox(app)
    const open = () => aLedger(database, { outboxes: [{ name: 'app', database: app }] })
    const [one, other] = [await open(), await open()]
    const written = [deferred(), deferred()]
    const emit = (at: number, halves: readonly (readonly string[])[]) =>
      app.transaction(async (sql) => {
        for (const half of halves) {
          await sql.script(styles['a call for each account'](half))
          written[at]?.resolve()
          // Each has written its first half before either writes its second.
          await Promise.all(written.map(({ promise }) => promise))
        }
      })
    const halves = [MANY.slice(0, 10_000), MANY.slice(10_000)]
    await Promise.all([emit(0, halves), emit(1, halves.toReversed())])
    const counts = await Promise.all([one.judge(NOW_MS), other.judge(NOW_MS)])
    const rest = await one.judge(NOW_MS)
    expect([...counts, rest].reduce((sum, { judgedSignalCount }) => sum + judgedSignalCount, 0)).toBe(2)
    const [signals] = (await one.overview(NOW_MS)).causes.map((cause) => cause.signals)
    expect(signals?.map((signal) => signal.audienceAccountCount)).toEqual([MANY.length, MANY.length])
    await app.close()
    await database.close()
  })

  test('G2: a bulk that commits half a minute after a later one is not lost, nor kept by it', async () => {
    const database = await server.openDatabase('ledger-tables')
    await installOutbox(database)
    const ledger = await aLedger(database, { outboxes: [{ name: 'app', database }] })
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const [waits, written] = [deferred(), deferred()]
    const slow = database.transaction(async (sql) => {
      await sql.script(styles['one call with all accounts'](MANY))
      written.resolve()
      await waits.promise
    })
    await written.promise
    await database.script(styles['one call with all accounts'](MANY.slice(0, 5000)))
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
    expect(await ledger.judge(NOW_MS + 30_000)).toEqual({ judgedSignalCount: 0 })
    waits.resolve()
    await slow
    expect(await ledger.judge(NOW_MS + 30_000)).toEqual({ judgedSignalCount: 1 })
    const [signals] = (await ledger.overview(NOW_MS + 30_000)).causes.map((cause) => cause.signals)
    expect(signals?.map((signal) => signal.audienceAccountCount).toSorted()).toEqual([MANY.length, 5000].toSorted())
    await database.close()
  })
})

function bulkContract(openDatabase: (start?: DatabaseStart) => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let app: SqlDatabase
  beforeEach(async () => {
    database = await openDatabase('ledger-tables')
    app = await openDatabase()
  })
  afterEach(async () => {
    await database.close()
    await app.close()
  })

  async function audienceOf(ledger: Ledger): Promise<string[][]> {
    const { causes } = await ledger.overview(NOW_MS)
    const ids = causes.flatMap(({ signals }) => signals.map((signal) => signal.signalId))
    const rows = await database.query<{ account_ids: string[] }>(
      `SELECT array_agg(account_id ORDER BY account_id COLLATE "C") AS account_ids
       FROM tidegate_ledger.signal_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE signal_id = ANY($1) GROUP BY signal_no`,
      [ids],
    )
    return rows.map((row) => row.account_ids)
  }

  for (const place of ['its own', 'another'] as const) {
    describe(`from an outbox in ${place} database`, () => {
      let outbox: SqlDatabase
      let ledger: Ledger
      beforeEach(async () => {
        outbox = place === 'its own' ? database : app
        await installOutbox(outbox)
        ledger = await aLedger(database, { outboxes: [{ name: 'app', database: outbox }] })
        await ledger.registerCause(aCause(), ADA, NOW_MS)
      })

      test.each(Object.entries(styles))(
        'G2: a bulk proposed by %s is one signal for each account once',
        async (_style, propose) => {
          await outbox.script(propose([...MANY, ...MANY.slice(0, 500)]))
          expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
          expect(await audienceOf(ledger)).toEqual([MANY])
          const [status] = (await ledger.overview(NOW_MS)).causes[0]?.signals ?? []
          expect(status).toMatchObject({ state: 'held', audienceAccountCount: MANY.length })
          expect(status?.verdict).toMatchObject({ canaryAccountCount: 20, heldAccountCount: MANY.length - 20 })
          expect(status?.predicted.map(({ accountCount }) => accountCount)).toEqual([5000, 5000, 5000, 5000])
          expect(await outbox.query('SELECT * FROM tidegate.outbox')).toEqual([])
        },
      )

      test('under a key it is one proposal, and with one account less it is another', async () => {
        const propose = styles['one call with all accounts']
        const more = `, idempotency_key => 'run-1'`
        await outbox.script(propose(MANY, more))
        await outbox.script(propose(MANY.toReversed(), more))
        expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
        const named = { idempotencyKey: 'run-1', accountIds: MANY, reason: undefined }
        expect(await ledger.propose(aProposal(named), ADA, NOW_MS)).toMatchObject({ isNew: false })
        await outbox.script(propose(MANY.slice(1), more))
        await ledger.judge(NOW_MS)
        const statuses = (await ledger.overview(NOW_MS)).causes[0]?.signals ?? []
        expect(statuses).toHaveLength(2)
        const rejected = statuses.find(({ state }) => state === 'rejected')
        expect(rejected?.verdict.findings[0]?.message).toContain('run-1 was used before')
        // What was written of those that were known already is gone again.
        const [left] = await database.query(
          'SELECT count(DISTINCT signal_no) AS signals FROM tidegate_ledger.signal_account',
        )
        expect(left).toEqual({ signals: 1 })
      })

      test('G2: accounts that somebody wrote by hand and that are none are rejected, and what stands behind them is judged', async () => {
        await outbox.query(
          `INSERT INTO tidegate.outbox (proposal, account_ids) VALUES ('{"causeId": "labels-2023-07", "action": "verify", "scope": {"kind": "account"}}', $1)`,
          [[...MANY, 'two\nlines']],
        )
        await outbox.script(styles['one call with all accounts'](MANY))
        expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 2 })
        const statuses = (await ledger.overview(NOW_MS)).causes[0]?.signals ?? []
        expect(statuses.map(({ state }) => state).toSorted()).toEqual(['held', 'rejected'])
        const rejected = statuses.find(({ state }) => state === 'rejected')
        expect(rejected?.verdict.findings[0]?.message).toContain('1 of its accounts are not 1 to 128 characters')
      })

      test('G2: it is judged exactly once, wherever intake and verdict die', async () => {
        let run = 0
        for (let isDone = false; !isDone; run++) {
          await ledger.registerCause(aCause(`cause-${run}`), ADA, NOW_MS)
          await outbox.script(
            styles['one call with all accounts'](MANY.slice(0, 1500)).replace('labels-2023-07', `cause-${run}`),
          )
          const point = new CrashPoint(run)
          const faulty = faultyDatabase(database, point)
          const faultyOutbox = outbox === database ? faulty : faultyDatabase(outbox, point)
          const dying = await aLedger(faulty, { outboxes: [{ name: 'app', database: faultyOutbox }] }).catch(died)
          await dying?.judge(NOW_MS).catch(died)
          await ledger.judge(NOW_MS)
          const { causes } = await ledger.overview(NOW_MS)
          const mine = causes.find(({ cause }) => cause.causeId === `cause-${run}`)
          expect(mine?.signals.map((signal) => signal.audienceAccountCount)).toEqual([1500])
          expect(await outbox.query('SELECT * FROM tidegate.outbox')).toEqual([])
          isDone = !point.hasCrashed
        }
        expect(run).toBeGreaterThan(20)
      })
    })
  }

  test('a large audience is one of accounts: approved, it rests them all and takes reports of no others', async () => {
    const ledger = await aLedger(database)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.registerCause(aCause('threads'), ADA, NOW_MS)
    await ledger.recordSightings(sightingsOf(accountNames(40, 19_980)), NOW_MS)
    const { signalId } = await ledger.propose(aProposal({ accountIds: MANY }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    const target = { kind: 'signal', signalId } as const
    await ledger.snapshot(null)
    const approved = { target, plan: aPlan({ shares: [0.1, 1] }), reason: 'fine' }
    expect(await ledger.approve(approved, ADA, NOW_MS)).toMatchObject({ accountCount: MANY.length })
    // A node that was there before hears of the approval at once, and of all those accounts when it has read them.
    let told = await ledger.snapshot(null)
    let partCount = 0
    for (; told?.isPartial; partCount++) {
      expect([...MANY].filter((accountId) => told?.signals[0]?.audienceAccounts?.has(accountId))).toEqual([])
      told = await ledger.snapshot(null)
    }
    expect(partCount).toBeGreaterThan(0)
    const record = told?.signals[0] ?? expect.fail('the signal is not live')
    const outsiders = ['a20000', 'a', 'b', 'a000001']
    expect([...MANY, ...outsiders].filter((accountId) => record.audienceAccounts?.has(accountId))).toEqual(MANY)
    const inForce = MANY.filter((accountId) => isReleasedTo(record, accountId)).length
    expect((await ledger.overview(NOW_MS)).causes[0]?.signals[0]).toMatchObject({ inForceAccountCount: inForce })
    expect(inForce).toBeGreaterThan(1900)
    const reports = ['a00000', 'a10007', 'a19999', 'a20000', 'a', 'b'].map((account) => aReport(account, signalId))
    expect(await ledger.recordReports(reports.slice(0, 4), NOW_MS)).toEqual([true, true, true, false])
    for (const accountIds of [accountNames(40, 19_980), accountNames(400, 19_600)]) {
      const second = await ledger.propose(aProposal({ causeId: 'threads', accountIds }), ADA, NOW_MS)
      await ledger.judge(NOW_MS)
      const status = (await ledger.overview(NOW_MS)).causes
        .flatMap(({ signals }) => signals)
        .find((signal) => signal.signalId === second.signalId)
      const repeated = status?.verdict.findings.find(({ ruleId }) => ruleId === 'TG009')
      expect(repeated?.evidence).toMatchObject({
        repeatedAccountCount: accountIds.filter((id) => id < 'a20000').length,
      })
    }
  })
}

function selectOf(ids: readonly string[]): string {
  return `SELECT unnest('{${ids.join(',')}}'::text[])`
}

function died(error: unknown): void {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  for (const each of errors) expect(each).toBeInstanceOf(Crashed)
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
