import { Actor, type CauseId, cohort, type ReleasePlan, type SignalId, type Target } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inForce } from '../core/in-force.ts'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import {
  aCause,
  accountNames,
  aLedger,
  aPlan,
  aProposal,
  aReport,
  DAY_MS,
  MINUTE_MS,
  NOW_MS,
  sightingsOf,
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const LATER_MS = NOW_MS + MINUTE_MS

onEveryDatabase({ describe, beforeAll, afterAll }, 'Supersede contract', 'ledger-tables', supersedeContract)

function supersedeContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.registerCause(aCause('labels-mended'), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  async function held(overrides: Parameters<typeof aProposal>[0] = {}, nowMs = NOW_MS): Promise<SignalId> {
    const { signalId } = await ledger.propose(aProposal({ accountIds: accountNames(200), ...overrides }), ADA, nowMs)
    await ledger.judge(nowMs)
    return signalId
  }
  const mended = (overrides: Parameters<typeof aProposal>[0] = {}) =>
    held({ causeId: 'labels-mended', ...overrides }, LATER_MS)
  const targetOf = (signalId: SignalId) => ({ kind: 'signal', signalId }) as const
  const causeOf = (causeId: string) => ({ kind: 'cause', causeId: causeId as CauseId }) as const // named by the test
  function approve(target: Target, supersedes?: Target, plan: ReleasePlan = aPlan({ shares: [1] }), nowMs = LATER_MS) {
    const instead = supersedes === undefined ? {} : { supersedes }
    return ledger.approve({ target, plan, ...instead, reason: 'the mapping is mended' }, ADA, nowMs)
  }
  const liveIds = async () => (await ledger.snapshot(null))?.signals.map(({ signalId }) => signalId)
  const fullScope = { scope: { kind: 'account' } }

  test('G3: with the approval of its successor a signal ends, for everybody at once, and both are written down', async () => {
    const old = await held()
    await approve(targetOf(old), undefined, aPlan(), NOW_MS)
    await ledger.recordReports([aReport('a00003', old, { outcome: 'begun' })], NOW_MS)
    const next = await mended()
    const before = await ledger.snapshot(null)
    expect(await approve(targetOf(next), targetOf(old))).toMatchObject({ signalCount: 1, accountCount: 200 })
    const after = await ledger.snapshot(null)
    expect(after?.revision).toBe((before?.revision ?? 0) + 1)
    expect(after?.signals.map(({ signalId }) => signalId)).toEqual([next])
    const { causes } = await ledger.overview(LATER_MS)
    expect(causes.flatMap(({ signals }) => signals).find(({ signalId }) => signalId === old)).toMatchObject({
      state: 'superseded',
      supersededBy: next,
      inForceAccountCount: 0,
    })
    expect((await ledger.timeline(causeOf('labels-2023-07').causeId, LATER_MS)).rows).toContainEqual(
      expect.objectContaining({
        kind: 'superseded',
        by: 'ada',
        neverBegunAccountCount: 199,
        supersededBy: targetOf(next),
      }),
    )
    expect((await ledger.timeline(causeOf('labels-mended').causeId, LATER_MS)).rows).toContainEqual(
      expect.objectContaining({ kind: 'approved', supersedes: targetOf(old) }),
    )
    expect(await ledger.audit({})).toMatchObject({ breaks: [] })
    expect(await approve(targetOf(next), targetOf(old))).toMatchObject({ signalCount: 0 })
    await expect(approve(targetOf(old))).rejects.toThrow('it is superseded')
    await ledger.tick(() => NOW_MS + 8 * DAY_MS)
    expect(await liveIds()).toEqual([])
  })

  test('C7: whoever had a turn keeps it as the earliest, over two successors and a restart; others have the new one', async () => {
    const long = { ...aPlan({ shares: [0.5, 1] }), windowMs: 60 * MINUTE_MS }
    const old = await held()
    await approve(targetOf(old), undefined, long, NOW_MS)
    const oldRecord = (await ledger.snapshot(null))?.signals[0] ?? expect.fail('nothing is live')
    const second = await mended(fullScope)
    await approve(targetOf(second), targetOf(old))
    const third = await mended(fullScope)
    await approve(targetOf(third), causeOf('labels-mended'))
    const again = await aLedger(database)
    const [record] = (await again.snapshot(null))?.signals ?? []
    expect(record?.supersedes.map(({ signalId }) => signalId)).toEqual([second, old])
    const nowMs = LATER_MS + 2 * MINUTE_MS
    let keptCount = 0
    for (const { accountId, client } of sightingsOf(accountNames(200))) {
      const who = { accountId, client, nowMs }
      const turn = record && inForce(record, who)
      expect(turn).not.toBeNull()
      const oldTurn = inForce(oldRecord, { ...who, nowMs: NOW_MS + 2 * MINUTE_MS })
      const wasNamed = oldRecord.namedAccounts.has(accountId)
      expect(oldTurn !== null).toBe(wasNamed || cohort(old, accountId) < 0.5)
      const oldInMs = oldTurn === null ? 0 : NOW_MS + 2 * MINUTE_MS + oldTurn.notBeforeInMs - nowMs
      expect(turn?.notBeforeInMs).toBeGreaterThanOrEqual(oldInMs)
      if (oldInMs > 10 * MINUTE_MS) keptCount += Number(turn?.notBeforeInMs === oldInMs)
      if (oldTurn === null) expect(turn?.notBeforeInMs).toBeLessThanOrEqual(10 * MINUTE_MS)
    }
    expect(keptCount).toBeGreaterThan(50)
  })

  test('a successor that leaves something out is denied with the difference, and nothing ends', async () => {
    const old = await held({ ...fullScope, audience: { clientClasses: ['web', 'bridge'] } })
    const everyone = await held({ accountIds: null, audience: { clientClasses: ['web'] } })
    const denied = async (overrides: Parameters<typeof aProposal>[0], superseded = old) => {
      const error = await approve(targetOf(await mended(overrides)), targetOf(superseded)).catch(
        (thrown: unknown) => thrown,
      )
      return (error as { denial?: unknown }).denial // it is a Denied, as the assertions on it show
    }
    expect(await denied({})).toMatchObject({ kind: 'not-covered', signalId: old, missing: ['scope'] })
    expect(await denied({ ...fullScope, audience: { clientClasses: ['web'] }, expiresInMs: DAY_MS })).toMatchObject({
      missing: ['filter', 'expiry'],
    })
    expect(await denied({ ...fullScope, accountIds: accountNames(150, 20) })).toEqual({
      kind: 'not-covered',
      signalId: old,
      missing: ['accounts'],
      missingAccountCount: 50,
      message: expect.stringContaining('50 accounts it names would be left out'),
    })
    expect(await denied({}, everyone)).toMatchObject({
      missing: ['accounts'],
      missingAccountCount: 0,
      message: expect.stringContaining('it is for everyone'),
    })
    expect(await liveIds()).toEqual(expect.arrayContaining([old, everyone]))
    expect(await approve(targetOf(await mended({ ...fullScope, accountIds: null })), targetOf(old))).toMatchObject({
      signalCount: 1,
    })
  })

  test('many small signals are superseded together by those that name all of their accounts', async () => {
    for (let from = 0; from < 30; from += 10) await held({ accountIds: accountNames(10, from) })
    const halves = [await mended({ accountIds: accountNames(20) }), await mended({ accountIds: accountNames(15, 15) })]
    await approve(causeOf('labels-mended'), causeOf('labels-2023-07'))
    expect(await liveIds()).toEqual(halves)
    const audit = await ledger.timeline(causeOf('labels-2023-07').causeId, LATER_MS)
    expect(audit.rows.at(-1)).toMatchObject({
      kind: 'superseded',
      signalCount: 3,
      supersededBy: causeOf('labels-mended'),
    })
  })

  test('within one cause the named signal ends and the others are approved; what has ended cannot be superseded', async () => {
    const wrong = await held()
    const right = await held()
    expect(await approve(causeOf('labels-2023-07'), targetOf(wrong))).toMatchObject({ signalCount: 1 })
    expect(await liveIds()).toEqual([right])
    await expect(approve(targetOf(await mended()), targetOf(wrong))).rejects.toMatchObject({
      denial: { kind: 'conflict', message: `Cannot supersede signal ${wrong}: it is superseded` },
    })
    await expect(approve(targetOf(await mended()), targetOf('nobody' as SignalId))).rejects.toMatchObject({
      denial: { kind: 'not-found' },
    })
  })
}
