import { CauseId, PROTOCOL_VERSION, ReleasePlan, type SignalId } from '@tidegate/protocol'
import fc from 'fast-check'
import type { Fields } from './arbitrary-of.ts'
import type { Call } from './calls.ts'
import { type House, proposeAll } from './house.ts'

const PAIR = ['ann', 'ben']
/** More accounts than whoever proposed them may let out alone: ten credits of twenty. */
const CROWD = Array.from({ length: 250 }, (_, no) => `neighbour-${no}`)
const LONGEST_EXPIRY_MS = 30 * 86_400_000

const AT_ONCE = planOf([1])
/** Nobody reports, so each gate is inconclusive: its release pauses nineteen times. */
const STEPWISE = planOf(Array.from({ length: 20 }, (_, at) => (at + 1) / 20))
/** Refused by a rule: its last client's turn comes after the signal has ended. */
const BEYOND_THE_END = { ...AT_ONCE, windowMs: 30_000_000_000 }

/** What each call may mean, by the name of its fields: ids that exist, of signals in the state that it is about. */
export type StaffScene = Readonly<Partial<Record<Call, Fields>>>

/** An operator's world: a cause for each thing that can be done to one, with signals for two accounts each, and one for a crowd. */
export async function openStaffScene(house: House, wave: number): Promise<StaffScene> {
  const pairs = (count: number) => Array.from({ length: count }, () => PAIR)
  const held = await proposeAll(house, named('held', wave), pairs(6))
  const ending = await proposeAll(house, named('ending', wave), pairs(6))
  const extended = await proposeAll(house, named('extended', wave), pairs(4))
  const paused = await proposeAll(house, named('paused', wave), pairs(6))
  const wide = await proposeAll(house, named('wide', wave), [CROWD])
  await approveAll(house, 'extended', wave, AT_ONCE)
  await approveAll(house, 'paused', wave, STEPWISE)
  await house.guard.refresh()
  const { keys } = await house.olga.signingKeys({})
  const [oldest, ...newer] = keys.map(({ keyId }) => keyId)
  const pause = { kind: 'pause', causeId: named('wide', wave) } as const
  const set = await house.olga.setSwitch({ effect: pause, endsInMs: 60_000, reason: 'the scene' })

  const about = (what: string, signalIds: readonly SignalId[], times = 3): Fields => ({
    causeId: often(named(what, wave), fc.constantFrom('nobody', named('wide', wave)), times),
    signalId: often(fc.constantFrom(...signalIds), fc.oneof(fc.uuid(), fc.constantFrom(...wide)), times),
  })
  return {
    approve: {
      ...about('held', held, 9),
      plan: often(AT_ONCE, fc.constantFrom(STEPWISE, BEYOND_THE_END)),
      supersedes: often(undefined, targetOf([...held, ...extended, ...wide])),
    },
    advance: about('paused', paused),
    extend: {
      ...about('extended', extended, 9),
      expiresInMs: often(LONGEST_EXPIRY_MS, fc.integer({ min: 1, max: 2 * LONGEST_EXPIRY_MS })),
      windowMs: often(undefined, fc.integer({ min: 1, max: 100_000 })),
    },
    reject: about('ending', ending),
    revoke: about('ending', ending),
    propose: {
      protocol: fc.constant(PROTOCOL_VERSION),
      // One that comes again with other contents is a conflict.
      idempotencyKey: often(fc.uuid(), fc.constantFrom('key-1', 'key-2', 'key-3'), 3),
      causeId: fc.constantFrom(named('proposed', wave), 'unregistered'),
      accountIds: fc.subarray(PAIR, { minLength: 1 }),
    },
    registerCause: { causeId: fc.constantFrom(...['held', 'new', 'newer', 'newest'].map((what) => named(what, wave))) },
    setSwitch: {
      causeId: often(named('wide', wave), 'nobody', 3),
      resourceId: often('shard-1', 'shard-2', 3),
      // No more than 256 may be in force at once.
      endsInMs: fc.constantFrom(1, 10, 100),
    },
    liftSwitch: { switchNo: often(set.switch.switchNo, fc.constantFrom(1e6, 2 ** 53 - 1), 3) },
    timeline: { causeId: fc.constantFrom(named('wide', wave), named('paused', wave)) },
    rotateKey: { activateInMs: often(60_000, fc.constant(undefined)) },
    revokeKey: { keyId: often(oldest, fc.constantFrom('unknown', 'unknown', ...newer), 3) },
    pruneEvents: { beforeMs: often(fc.nat(house.wallNowMs - LONGEST_EXPIRY_MS), fc.nat(4e12)) },
    audit: { expectHead: often(undefined, fc.record({ eventNo: fc.nat(1e6), sha256: fc.constant('0'.repeat(64)) })) },
  }
}

/** Ends what is still live, so that the next scene has the ledger to itself. */
export async function closeStaffScene({ olga, guard }: House): Promise<void> {
  await olga.setModes({ guardMode: 'enforce', clientMode: 'enforce', reason: 'the next scene' })
  await guard.refresh()
  const { causes } = await olga.status({ onlyHeld: false })
  for (const { cause, totals } of causes) {
    if (!totals.some(({ state }) => state === 'held' || state === 'released' || state === 'paused')) continue
    await olga.revoke({ target: { kind: 'cause', causeId: cause.causeId }, reason: 'the next scene' })
  }
}

const named = (what: string, wave: number) => CauseId.parse(`${what}-${wave}`)

/** By somebody else than who proposed it. */
async function approveAll({ otto }: House, what: string, wave: number, plan: ReleasePlan): Promise<void> {
  await otto.approve({ target: { kind: 'cause', causeId: named(what, wave) }, plan, reason: 'the scene' })
}

function planOf(shares: readonly number[]): ReleasePlan {
  const gate = { minReportCount: 1, maxFailureRatio: 0.1 }
  const stages = shares.map((share) => ({ share, bakeMs: 1, gate }))
  return ReleasePlan.parse({ verifyWindowMs: 0, windowMs: 1, stages })
}

function targetOf(signalIds: readonly SignalId[]) {
  return fc.constantFrom(...signalIds).map((signalId) => ({ kind: 'signal', signalId }))
}

/** The one, which may be a value, `times` as often as the other. */
function often(usual: unknown, rare: unknown, times = 9): fc.Arbitrary<unknown> {
  const arbitraryOf = (each: unknown) => (each instanceof fc.Arbitrary ? each : fc.constant(each))
  return fc.oneof({ weight: times, arbitrary: arbitraryOf(usual) }, { weight: 1, arbitrary: arbitraryOf(rare) })
}
