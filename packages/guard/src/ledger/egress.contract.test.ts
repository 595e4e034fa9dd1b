import { Actor, CauseId, type SignalId } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { placeOf, signalKeyOf } from '../core/egress/cursor-mark.ts'
import type { FlagDelivery, FlagRecord } from '../core/egress/egress-ledger.ts'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, DAY_MS, NOW_MS } from '../testing/a-ledger.ts'
import { CrashPoint, faultyDatabase } from '../testing/faulty-database.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const CAUSE = aCause()

onEveryDatabase({ describe, beforeAll, afterAll }, 'Ledger of old clients', 'ledger-tables', egressContract)

function egressContract(openDatabase: () => Promise<SqlDatabase>) {
  test('G2: a burst that many nodes meet at once, in any order and overlapping, is proposed once per account', async () => {
    const database = await openDatabase()
    const nodes = await Promise.all(Array.from({ length: 4 }, () => aLedger(database)))
    await nodes[0]?.registerCause(CAUSE, ADA, NOW_MS)
    const accountIds = accountNames(2_000)
    const random = pretendRandom(7)
    const writes = nodes.flatMap((node) =>
      Array.from({ length: 6 }, () => {
        const some = accountIds.filter(() => random() < 0.5)
        return node.egress.recordFlags((random() < 0.5 ? some : some.reverse()).map(aFlag), NOW_MS)
      }),
    )
    await Promise.all(writes)
    await nodes[0]?.egress.recordFlags(accountIds.map(aFlag), NOW_MS)
    expect(await proposedAccounts(nodes[1])).toBe(accountIds.length)
    await database.close()
  })

  test('G2: whatever step a node dies at while it records a flag, the next one records it exactly once', async () => {
    for (let steps = 0; ; steps++) {
      const database = await openDatabase()
      const node = await aLedger(database)
      await node.registerCause(CAUSE, ADA, NOW_MS)
      const point = new CrashPoint(Number.POSITIVE_INFINITY)
      const mortal = { point }
      const dying = await aLedger(faultyDatabase(database, { pass: () => mortal.point.pass() } as CrashPoint)) // as much of it as is used
      mortal.point = new CrashPoint(steps)
      await dying.egress.recordFlags(accountNames(3).map(aFlag), NOW_MS).catch(() => undefined)
      await node.egress.recordFlags(accountNames(3).map(aFlag), NOW_MS)
      expect(await proposedAccounts(node)).toBe(3)
      await database.close()
      if (!mortal.point.hasCrashed) break
    }
  })

  test('J11: a delivery may leave again until it arrived, and never after, whoever asks', async () => {
    const database = await openDatabase()
    const [node, other] = await Promise.all([aLedger(database), aLedger(database)])
    const signalId = await inForce(node)
    const deliveries = accountNames(50).map((accountId) => aDelivery(accountId, signalId))
    const none = deliveries.map(() => false)
    const all = deliveries.map(() => true)
    expect(await node.egress.claimDeliveries(deliveries, NOW_MS)).toEqual(all)
    const both = [
      node.egress.claimDeliveries(deliveries, NOW_MS),
      other.egress.claimDeliveries(deliveries.toReversed(), NOW_MS),
    ]
    expect(await Promise.all(both)).toEqual([all, all])
    await Promise.all([
      node.egress.recordArrivals(deliveries, NOW_MS),
      other.egress.recordArrivals(deliveries.toReversed(), NOW_MS),
    ])
    expect(await other.egress.claimDeliveries(deliveries, NOW_MS)).toEqual(none)
    await database.close()
  })

  test('G3: nothing leaves for a signal that was revoked, however the node that asks came to believe in it', async () => {
    const database = await openDatabase()
    const node = await aLedger(database)
    const signalId = await inForce(node)
    await node.revoke({ target: { kind: 'signal', signalId }, reason: 'a bug' }, ADA, NOW_MS)
    const asked = [aDelivery('a00000', signalId), aDelivery('a00000', 'never-was' as SignalId)] // a name of the test's own
    expect(await node.egress.claimDeliveries(asked, NOW_MS)).toEqual([false, false])
    await database.close()
  })

  test('J10: a revoke knows which old clients never began: those whose flag never left', async () => {
    const database = await openDatabase()
    const node = await aLedger(database)
    await node.registerCause(CAUSE, ADA, NOW_MS)
    await node.egress.recordFlags(accountNames(5).map(aFlag), NOW_MS)
    await node.judge(NOW_MS)
    const [signal] = (await node.snapshot(null))?.signals ?? []
    if (!signal) throw new Error('nothing is in force')
    const deliveries = accountNames(2).map((accountId) => aDelivery(accountId, signal.signalId))
    await node.egress.claimDeliveries(deliveries, NOW_MS)
    await node.egress.claimDeliveries(
      [...deliveries, { ...aDelivery('a00000', signal.signalId), place: placeOf('c6') }],
      NOW_MS,
    )
    const target = { kind: 'signal' as const, signalId: signal.signalId }
    const answer = await node.revoke({ target, reason: 'a bug' }, ADA, NOW_MS)
    expect(answer).toMatchObject({ accountCount: 5, neverBegunAccountCount: 3 })
    await database.close()
  })

  test('J10: nobody is said never to have begun whose flag left while the guard only looked on', async () => {
    const database = await openDatabase()
    const node = await aLedger(database)
    await node.registerCause(CAUSE, ADA, NOW_MS)
    await node.setModes({ guardMode: 'observe', reason: 'the first week' }, ADA, NOW_MS)
    await node.egress.recordFlags(accountNames(5).map(aFlag), NOW_MS)
    await node.judge(NOW_MS)
    const target = { kind: 'cause' as const, causeId: CAUSE.causeId }
    await node.setModes({ guardMode: 'enforce', reason: 'it was right' }, ADA, NOW_MS)
    await node.egress.recordFlags(accountNames(8).map(aFlag), NOW_MS)
    await node.judge(NOW_MS)
    const answer = await node.revoke({ target, reason: 'delivered while the guard looked on' }, ADA, NOW_MS)
    expect(answer).toMatchObject({ accountCount: 8, neverBegunAccountCount: 3 })
    expect((await node.timeline(CAUSE.causeId, NOW_MS)).totals).toMatchObject({ neverBegunAccountCount: 3 })
    await database.close()
  })

  test('an arrival that the ledger never heard of is no error: its tail may have been lost', async () => {
    const database = await openDatabase()
    const node = await aLedger(database)
    await node.egress.recordArrivals([aDelivery('a00000', 'never-was' as SignalId)], NOW_MS) // a name of the test's own
    await node.egress.recordArrivals([], NOW_MS)
    expect(await node.egress.claimDeliveries([], NOW_MS)).toEqual([])
    await database.close()
  })
}

function aFlag(accountId: string): FlagRecord {
  return {
    flagKey: `labels of ${accountId}`,
    stream: 'mail-events',
    accountId: accountId as FlagRecord['accountId'], // builders name accounts themselves
    causeId: CauseId.parse(CAUSE.causeId),
    action: 'verify',
    scope: { kind: 'account' },
    reason: 'labels were renamed',
    expiresInMs: 7 * DAY_MS,
  }
}

function aDelivery(accountId: string, signalId: SignalId): FlagDelivery {
  return {
    accountId: accountId as FlagDelivery['accountId'], // as above
    clientId: `old-${accountId}`,
    signalId,
    signalKey: signalKeyOf(signalId),
    place: placeOf('c5'),
  }
}

/** Of all judged signals, summed: an account that two of them name counts twice. */
async function proposedAccounts(node: Ledger | undefined): Promise<number> {
  await node?.judge(NOW_MS, 10_000)
  const causes = (await node?.overview(NOW_MS))?.causes ?? []
  return causes.flatMap(({ totals }) => totals).reduce((sum, each) => sum + each.audienceAccountCount, 0)
}

/** One flag, judged: its account is within the credit. */
async function inForce(node: Ledger): Promise<SignalId> {
  await node.registerCause(CAUSE, ADA, NOW_MS)
  await node.egress.recordFlags([aFlag('a00000')], NOW_MS)
  await node.judge(NOW_MS)
  const [signal] = (await node.snapshot(null))?.signals ?? []
  if (!signal) throw new Error('nothing is in force')
  return signal.signalId
}
