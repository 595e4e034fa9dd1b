import { Actor } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { installOutbox } from '../outbox/install-outbox.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, DAY_MS, NOW_MS } from '../testing/a-ledger.ts'
import { Crashed, CrashPoint, faultyDatabase } from '../testing/faulty-database.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { SCHEMA_STEPS } from './schema.ts'

const ADA = Actor.parse('ada')
/** Many causes one after another: credits must not be what ends a test about crashes. */
const settings = { creditBaseAccountCount: 50, globalCreditFactor: 100_000, creditCapacityPerMille: 1000 }
/** More steps than any of these works has; a work that is longer fails its test. */
const MOST_STEPS = 200

onEveryDatabase({ describe, beforeAll, afterAll }, 'Ledger crashes', 'ledger-tables', crashContract)

function crashContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let app: SqlDatabase
  beforeEach(async () => {
    database = await openDatabase()
    app = await openDatabase()
  })
  afterEach(async () => {
    await database.close()
    await app.close()
  })

  /** Runs `work` again and again, dying one step later each time, until it gets to its end. @returns how often it died */
  async function dieAtEveryStep(
    work: (run: number, point: CrashPoint) => Promise<void>,
    check: (run: number) => Promise<void>,
  ) {
    for (let run = 0; run < MOST_STEPS; run++) {
      const point = new CrashPoint(run)
      await work(run, point).catch((error: unknown) => expect(whyDied(error)).toBe(true))
      await check(run)
      if (!point.hasCrashed) return run
    }
    return expect.fail(`more than ${MOST_STEPS} steps`)
  }

  for (const place of ['in the same database', 'in another database'] as const) {
    test(`G2: a proposal from an outbox ${place} is judged exactly once, wherever intake and verdict die`, async () => {
      const outbox = place === 'in the same database' ? database : app
      await installOutbox(outbox)
      const sound = await aLedger(database, { settings, outboxes: [{ name: 'app', database: outbox }] })
      const deaths = await dieAtEveryStep(
        async (run, point) => {
          await sound.registerCause(aCause(`cause-${run}`), ADA, NOW_MS)
          await outbox.transaction(async (sql) => {
            for (const accountId of accountNames(3, run * 3)) {
              await sql.query(
                `SELECT tidegate.propose(cause => $1, account => $2, collections => ARRAY['messages'], expires_in => '7 days')`,
                [`cause-${run}`, accountId],
              )
            }
          })
          const faulty = faultyDatabase(database, point)
          const dying = await aLedger(faulty, {
            settings,
            outboxes: [{ name: 'app', database: outbox === database ? faulty : faultyDatabase(outbox, point) }],
          })
          await dying.judge(NOW_MS)
        },
        async (run) => {
          await sound.judge(NOW_MS)
          const { causes } = await sound.overview(NOW_MS)
          const mine = causes.filter(({ cause }) => cause.causeId === `cause-${run}`)
          expect(
            mine[0]?.signals.map(({ verdict, inForceAccountCount }) => [verdict.kind, inForceAccountCount]),
          ).toEqual([['release', 3]])
          expect(mine[0]?.creditSpentAccountCount).toBe(3)
          expect(await outbox.query('SELECT * FROM tidegate.outbox')).toEqual([])
          expect(await sound.audit({})).toMatchObject({ isIntact: true })
        },
      )
      expect(deaths).toBeGreaterThan(20)
    })
  }

  test('G2: a proposal whose caller died and asks again is one signal, wherever it died', async () => {
    const sound = await aLedger(database, { settings })
    await sound.registerCause(aCause(), ADA, NOW_MS)
    await dieAtEveryStep(
      async (run, point) => {
        const proposal = aProposal({ idempotencyKey: `key-${run}`, accountIds: accountNames(3, run * 3) })
        const dying = await aLedger(faultyDatabase(database, point), { settings })
        await dying.propose(proposal, ADA, NOW_MS)
      },
      async (run) => {
        const proposal = aProposal({ idempotencyKey: `key-${run}`, accountIds: accountNames(3, run * 3) })
        const { signalId } = await sound.propose(proposal, ADA, NOW_MS)
        const rows = await database.query(
          `SELECT signal_id, count(account_id)::integer AS accounts FROM tidegate_ledger.signal
           JOIN tidegate_ledger.signal_account USING (signal_no) WHERE idempotency_key = $1 GROUP BY signal_id`,
          [`key-${run}`],
        )
        expect(rows).toEqual([{ signal_id: signalId, accounts: 3 }])
      },
    )
  })

  test('a decision that died half-way was not taken, and one that was taken is whole', async () => {
    const sound = await aLedger(database, { settings })
    await dieAtEveryStep(
      async (run, point) => {
        const causeId = `cause-${run}`
        await sound.registerCause(aCause(causeId), ADA, NOW_MS)
        const { signalId } = await sound.propose(
          aProposal({ causeId, accountIds: accountNames(60, run * 60) }),
          ADA,
          NOW_MS,
        )
        await sound.judge(NOW_MS)
        const dying = await aLedger(faultyDatabase(database, point), { settings })
        await dying.approve({ target: { kind: 'signal', signalId }, plan: aPlan(), reason: 'go' }, ADA, NOW_MS)
      },
      async (run) => {
        const { causes } = await sound.overview(NOW_MS)
        const status = causes.find(({ cause }) => cause.causeId === `cause-${run}`)
        const isApproved = status?.signals[0]?.release !== null
        expect(status?.signals[0]?.state).toBe(isApproved ? 'released' : 'held')
        expect(status?.creditSpentAccountCount).toBe(isApproved ? 0 : 50)
        const events = await database.query(
          `SELECT kind FROM tidegate_ledger.event WHERE cause_id = $1 AND kind = 'signal-approved'`,
          [`cause-${run}`],
        )
        expect(events).toHaveLength(isApproved ? 1 : 0)
        expect(await sound.audit({})).toMatchObject({ isIntact: true })
      },
    )
  })

  test('G7: a prune that died half-way removed nothing, and one that was made left a whole chain', async () => {
    const sound = await aLedger(database)
    await dieAtEveryStep(
      async (run, point) => {
        const nowMs = NOW_MS + run * 40 * DAY_MS
        await sound.registerCause(aCause(`cause-${run}`), ADA, nowMs)
        const dying = await aLedger(faultyDatabase(database, point))
        await dying.pruneEvents({ beforeMs: nowMs - 30 * DAY_MS, reason: 'retention' }, ADA, nowMs)
      },
      async () => {
        expect(await sound.audit({})).toMatchObject({ isIntact: true })
        const counted = await database.query<{ gone: number; pruned: number }>(
          `SELECT head_event_no - (SELECT count(*) FROM tidegate_ledger.event) AS gone, pruned_event_no AS pruned FROM tidegate_ledger.ledger`,
        )
        expect(counted[0]?.gone).toBe(counted[0]?.pruned)
      },
    )
  })

  test('a ledger whose making died, at every step of it, goes on being made where it was', async () => {
    await database.script('DROP SCHEMA tidegate_ledger CASCADE')
    let deathCount = 0
    let madeCount = 0
    for (let stepsToDeath = 0; stepsToDeath < MOST_STEPS; ) {
      const point = new CrashPoint(stepsToDeath)
      await aLedger(faultyDatabase(database, point)).catch((error: unknown) => expect(whyDied(error)).toBe(true))
      if (!point.hasCrashed) break
      deathCount += 1
      const made = await schemaStepCount()
      // What was committed stays: the next life comes to what is after it, and dies at each step of that.
      stepsToDeath = made > madeCount ? 0 : stepsToDeath + 1
      madeCount = made
    }
    expect(await (await aLedger(database)).snapshot(null)).toMatchObject({ revision: 0, signals: [] })
    expect(madeCount).toBe(SCHEMA_STEPS.length)
    // Each has a lock, two looks, the step itself, its number and a commit.
    expect(deathCount).toBeGreaterThan(5 * SCHEMA_STEPS.length)
  })

  async function schemaStepCount(): Promise<number> {
    const [row] = await database.query<{ made: boolean }>(
      `SELECT to_regclass('tidegate_ledger.schema_step') IS NOT NULL AS made`,
    )
    if (!row?.made) return 0
    const [counted] = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM tidegate_ledger.schema_step',
    )
    return counted?.count ?? 0
  }
}

function whyDied(error: unknown): boolean {
  return error instanceof Crashed || (error instanceof AggregateError && error.errors.every(whyDied))
}
