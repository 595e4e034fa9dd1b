import { Actor, type SignalId } from '@tidegate/protocol'
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
  DAY_MS,
  MINUTE_MS,
  NOW_MS,
  sightingsOf,
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const OLGA = Actor.parse('olga')

onEveryDatabase({ describe, beforeAll, afterAll }, 'Extend contract', 'ledger-tables', extendContract)

function extendContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database, { settings: { ownApprovalCredits: 2 } })
    await ledger.registerCause(aCause(), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  async function held(): Promise<SignalId> {
    const { signalId } = await ledger.propose(aProposal({ accountIds: accountNames(200) }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    return signalId
  }
  const targetOf = (signalId: SignalId) => ({ kind: 'signal', signalId }) as const
  async function approved(): Promise<SignalId> {
    const signalId = await held()
    await ledger.approve({ target: targetOf(signalId), plan: aPlan({ shares: [0.5, 1] }), reason: 'go' }, OLGA, NOW_MS)
    return signalId
  }
  async function recordOf(signalId: SignalId) {
    const record = (await ledger.snapshot(null))?.signals.find((each) => each.signalId === signalId)
    return record ?? expect.fail(`${signalId} is not live`)
  }
  const extend = (signalId: SignalId, more: object, by = OLGA, nowMs = NOW_MS) =>
    ledger.extend({ target: targetOf(signalId), reason: 'clients were away', ...more }, by, nowMs)

  test('a later expiry holds at once, for a held signal too, and is written down with what it was', async () => {
    const signalId = await held()
    const before = await recordOf(signalId)
    expect(await extend(signalId, { expiresInMs: 9 * DAY_MS })).toMatchObject({ signalCount: 1, accountCount: 200 })
    expect(await recordOf(signalId)).toEqual({ ...before, expiresAtMs: NOW_MS + 9 * DAY_MS })
    const { rows } = await ledger.timeline(before.causeId, NOW_MS)
    expect(rows.at(-1)).toMatchObject({
      kind: 'extended',
      by: 'olga',
      because: 'clients were away',
      expiresAtMs: NOW_MS + 9 * DAY_MS,
      windowMs: null,
    })
    expect(await ledger.audit({})).toMatchObject({ breaks: [] })
  })

  test('a longer window moves turns later, starts no stage anew, and keeps the version that clients have completed', async () => {
    const signalId = await approved()
    const before = await recordOf(signalId)
    await extend(signalId, { windowMs: 40 * MINUTE_MS }, OLGA, NOW_MS + MINUTE_MS)
    const after = await recordOf(signalId)
    expect(after.release?.stageStartsAtMs).toEqual(before.release?.stageStartsAtMs)
    expect(after.version).toBe(before.version)
    const turns = sightingsOf(accountNames(200)).flatMap(({ accountId, client }) => {
      const who = { accountId, client, nowMs: NOW_MS + MINUTE_MS }
      const [was, is] = [inForce(before, who), inForce(after, who)]
      expect(is === null).toBe(was === null)
      return was && is && is.notBeforeInMs > 0 ? [is.notBeforeInMs - was.notBeforeInMs] : []
    })
    expect(turns.length).toBeGreaterThan(50)
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...turns)).toBeGreaterThan(20 * MINUTE_MS)
  })

  test('what is not longer than it was is denied, with what it is and what was asked', async () => {
    const signalId = await approved()
    const before = await recordOf(signalId)
    const isMs = 7 * DAY_MS
    await expect(extend(signalId, { expiresInMs: isMs })).rejects.toMatchObject({
      denial: { kind: 'not-longer', what: 'expiry', signalId, isMs, askedMs: isMs },
      message: `Cannot extend signal ${signalId}: it ends in 7 days, and 7 days is not longer`,
    })
    await expect(extend(signalId, { windowMs: 9 * MINUTE_MS, expiresInMs: 8 * DAY_MS })).rejects.toMatchObject({
      denial: { kind: 'not-longer', what: 'window', isMs: 10 * MINUTE_MS, askedMs: 9 * MINUTE_MS },
    })
    expect(await recordOf(signalId)).toEqual(before)
  })

  test('a window that outlasts the signal is denied unless the expiry grows with it', async () => {
    const signalId = await approved()
    const asked = { windowMs: 7 * DAY_MS }
    await expect(extend(signalId, asked)).rejects.toMatchObject({
      denial: { kind: 'invalid' },
      message: `Cannot extend signal ${signalId}: with that window the last client's turn comes in 8 days, and the signal ends in 7 days; extend its expiry too`,
    })
    await extend(signalId, { ...asked, expiresInMs: 8 * DAY_MS })
    expect((await recordOf(signalId)).release?.plan.windowMs).toBe(7 * DAY_MS)
    await expect(extend(signalId, { expiresInMs: 31 * DAY_MS })).rejects.toThrow('in 30 days at the latest')
  })

  test('of a cause all signals are extended, or none', async () => {
    const short = await held()
    const long = await held()
    await extend(long, { expiresInMs: 9 * DAY_MS })
    const target = { kind: 'cause', causeId: (await recordOf(short)).causeId } as const
    const ask = (expiresInMs: number) => ledger.extend({ target, expiresInMs, reason: 'r' }, OLGA, NOW_MS)
    await expect(ask(8 * DAY_MS)).rejects.toMatchObject({ denial: { kind: 'not-longer', signalId: long } })
    expect((await recordOf(short)).expiresAtMs).toBe(NOW_MS + 7 * DAY_MS)
    expect(await ask(10 * DAY_MS)).toMatchObject({ signalCount: 2, accountCount: 200 })
  })

  test('a window needs a plan, more clients another approver than the author, and what has ended stays ended', async () => {
    const signalId = await held()
    await expect(extend(signalId, { windowMs: DAY_MS })).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    await ledger.approve({ target: targetOf(signalId), plan: aPlan({ shares: [1] }), reason: 'go' }, OLGA, NOW_MS)
    await expect(extend(signalId, { expiresInMs: 8 * DAY_MS }, ADA)).rejects.toThrow(
      'Cannot extend labels-2023-07 as ada, who registered it',
    )
    expect(await extend(signalId, { windowMs: DAY_MS }, ADA)).toMatchObject({ signalCount: 1 })
    const late = extend(signalId, { expiresInMs: 8 * DAY_MS }, OLGA, NOW_MS + 7 * DAY_MS)
    await expect(late).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    await ledger.revoke({ target: targetOf(signalId), reason: 'a bug' }, OLGA, NOW_MS)
    await expect(extend(signalId, { expiresInMs: 8 * DAY_MS })).rejects.toThrow('it is revoked')
  })
}
