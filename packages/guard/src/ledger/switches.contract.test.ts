import { Actor, CauseId, SetSwitch, Timeline } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const OLGA = Actor.parse('olga')

onEveryDatabase({ describe, beforeAll, afterAll }, 'Switches contract', 'ledger-tables', switchesContract)

function switchesContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  let other: Ledger
  beforeAll(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
    other = await aLedger(database)
  })
  afterEach(async () => {
    for (const { switchNo } of (await ledger.overview(NOW_MS)).switches)
      await ledger.liftSwitch({ switchNo, reason: 'the test is over' }, OLGA, NOW_MS)
  })
  afterAll(() => database.close())

  const set = (effect: object, endsInMs = 60 * MINUTE_MS, nowMs = NOW_MS, node = ledger) =>
    node.setSwitch(SetSwitch.parse({ effect, endsInMs, reason: 'bridges fill shard 3' }), OLGA, nowMs)
  const bridge = { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 }
  const pause = (causeId: string) => ({ kind: 'pause', causeId })
  const eventsOf = (switchNo: number) =>
    database.query(
      "SELECT kind, actor, reason FROM tidegate_ledger.event WHERE evidence->>'switchNo' = $1 ORDER BY event_no",
      [String(switchNo)],
    )
  async function aKnownCause(name: string): Promise<CauseId> {
    await ledger.registerCause(aCause(name), ADA, NOW_MS)
    return CauseId.parse(name)
  }

  test('a switch is in every snapshot from its setting to its lifting, and each is an event with who and why (G7)', async () => {
    const before = await ledger.snapshot(null)
    const { changed, inForce } = await set(bridge)
    expect(changed).toEqual({
      switchNo: expect.any(Number),
      effect: bridge,
      reason: 'bridges fill shard 3',
      by: 'olga',
      setAtMs: NOW_MS,
      endsAtMs: NOW_MS + 60 * MINUTE_MS,
    })
    expect(inForce).toEqual([changed])
    expect((await other.snapshot(before?.revision ?? 0))?.switches).toEqual([changed])
    expect((await other.overview(NOW_MS)).switches).toEqual([changed])

    const liftedAtMs = NOW_MS + MINUTE_MS
    const { switchNo } = changed
    const lifted = await other.liftSwitch({ switchNo, reason: 'load is normal' }, ADA, liftedAtMs)
    expect(lifted).toEqual({ changed: { ...changed, endsAtMs: liftedAtMs }, inForce: [] })
    expect((await ledger.snapshot(null))?.switches).toEqual([])
    const again = await ledger.liftSwitch({ switchNo, reason: 'twice' }, OLGA, liftedAtMs + MINUTE_MS)
    expect(again).toEqual(lifted)
    await ledger.tick(() => NOW_MS + DAY_MS)

    expect(await eventsOf(switchNo)).toEqual([
      { kind: 'switch-set', actor: 'olga', reason: 'bridges fill shard 3' },
      { kind: 'switch-lifted', actor: 'ada', reason: 'load is normal' },
    ])
    expect((await ledger.audit({})).isIntact).toBe(true)
  })

  test('a switch ends by itself, once, whichever node notices, and without a node to notice', async () => {
    const { switchNo } = (await set(bridge, MINUTE_MS)).changed
    const longer = (await set({ ...bridge, toRatio: 0.5 }, 2 * MINUTE_MS)).changed
    const endMs = NOW_MS + MINUTE_MS
    expect((await ledger.overview(endMs - 1)).switches).toHaveLength(2)
    expect((await ledger.overview(endMs)).switches).toEqual([longer])

    await Promise.all([ledger, other, ledger].map((node) => node.tick(() => endMs)))
    expect(await eventsOf(switchNo)).toMatchObject([
      { kind: 'switch-set' },
      { kind: 'switch-ended', actor: 'tidegate' },
    ])
    expect((await ledger.snapshot(null))?.switches).toEqual([longer])
    const late = await ledger.liftSwitch({ switchNo, reason: 'late' }, OLGA, endMs + 1)
    expect(late.changed.endsAtMs).toBe(endMs)
  })

  test('nodes that set switches at once each set one, and all are in force', async () => {
    const answers = await Promise.all(
      [ledger, other, ledger].map((node, at) => set({ ...bridge, toRatio: at / 10 }, MINUTE_MS, NOW_MS, node)),
    )
    expect(new Set(answers.map(({ changed }) => changed.switchNo)).size).toBe(3)
    expect((await ledger.snapshot(null))?.switches).toHaveLength(3)
    expect((await ledger.audit({})).isIntact).toBe(true)
  })

  test('what nobody knows cannot be switched, and nothing is left of the try', async () => {
    await expect(set(pause('labls'))).rejects.toThrow('Cannot find a cause labls')
    await expect(set({ ...bridge, resourceId: 'shard-9' })).rejects.toThrow(
      'Cannot find a resource shard-9: there are shard-0',
    )
    await expect(set({ kind: 'ramp', resourceId: 'shard-9' })).rejects.toThrow('Cannot find a resource shard-9')
    await expect(ledger.liftSwitch({ switchNo: 7777, reason: 'r' }, OLGA, NOW_MS)).rejects.toThrow(
      'Cannot find a switch 7777',
    )
    expect((await ledger.snapshot(null))?.switches).toEqual([])
  })

  test('J10: a paused cause is in force for nobody and its stages wait; lifted, it goes on where it was', async () => {
    const causeId = await aKnownCause('paused')
    const { signalId } = await ledger.propose(aProposal({ causeId, accountIds: accountNames(60) }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    const target = { kind: 'cause', causeId } as const
    await ledger.approve({ target, plan: aPlan({ shares: [0.5, 1] }), reason: 'fine' }, OLGA, NOW_MS)
    const signalOf = async () =>
      (await ledger.snapshot(null))?.signals.find((each) => each.signalId === signalId) ??
      expect.fail('the signal is gone')
    const before = await signalOf()
    const canary = [...before.namedAccounts][0] ?? expect.fail('nobody is let out')
    await ledger.recordReports([aReport(canary, signalId)], NOW_MS + MINUTE_MS)

    const { changed } = await set(pause(causeId), DAY_MS, NOW_MS + 2 * MINUTE_MS)
    expect(await signalOf()).toEqual({ ...before, pausedUntilMs: NOW_MS + 2 * MINUTE_MS + DAY_MS })
    await ledger.tick(() => NOW_MS + 30 * MINUTE_MS)
    expect((await signalOf()).release?.stageIndex).toBe(0)

    const liftedAtMs = NOW_MS + 40 * MINUTE_MS
    await ledger.liftSwitch({ switchNo: changed.switchNo, reason: 'looked' }, OLGA, liftedAtMs)
    expect(await signalOf()).toEqual(before)
    await ledger.tick(() => liftedAtMs)
    expect((await signalOf()).release?.stageIndex).toBe(1)
  })

  test('J12: a timeline has the switches of its cause, those for everybody while it was under way, and no other', async () => {
    await aKnownCause('unrelated')
    const causeId = await aKnownCause('told')
    await ledger.propose(aProposal({ causeId }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    const first = (await set(bridge, MINUTE_MS, NOW_MS + 1_000)).changed.switchNo
    await set(pause('unrelated'), MINUTE_MS, NOW_MS + 1_000)
    const own = (await set(pause(causeId), 2 * MINUTE_MS, NOW_MS + 2_000)).changed.switchNo
    await ledger.tick(() => NOW_MS + 90_000)
    await ledger.liftSwitch({ switchNo: own, reason: 'looked' }, OLGA, NOW_MS + 100_000)
    await set({ ...bridge, toRatio: 0 }, MINUTE_MS, NOW_MS + 110_000)

    const timeline = await ledger.timeline(causeId, NOW_MS + DAY_MS)
    expect(Timeline.parse(timeline)).toEqual(timeline)
    const rows = timeline.rows.filter((row) => row.kind === 'switch')
    expect(rows.map(({ step, switchNo, by, because }) => [step, switchNo, by, because])).toEqual([
      ['set', first, 'olga', 'bridges fill shard 3'],
      ['set', own, 'olga', 'bridges fill shard 3'],
      ['ended', first, 'tidegate', null],
      ['lifted', own, 'olga', 'looked'],
    ])
  })
}
