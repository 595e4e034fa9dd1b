import { ResourceId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { nextAskInMs } from './ask-pace.ts'
import type { CapacityAnswer } from './capacity-exchange.ts'
import type { Moment } from './moment.ts'
import {
  beginAsk,
  failed,
  hear,
  LEASE_USABLE_MS,
  leave,
  newShareState,
  SAFE_USABLE_MS,
  type ShareNode,
  type ShareState,
  settle,
  unitsAt,
} from './node-shares.ts'
import { SHARE_STATES } from './share-states.ts'
import { MIN_ASK_GAP_MS, RENEW_MS } from './share-terms.ts'

const RESOURCE = ResourceId.parse('shard-1')
const NODE: ShareNode = {
  holder: 'one',
  slot: 1,
  slotCount: 4,
  resources: [{ resourceId: RESOURCE, capacityUnits: 1_000, safeUnits: 50 }],
}

test('a node that has not been given a slot admits nothing', () => {
  expect(unitsAt(newShareState(at(0)), RESOURCE, at(0))).toBe(0)
  expect(beginAsk(newShareState(at(0)), NODE, () => 0, at(0)).ask).toMatchObject({ known: null, askNo: 1 })
})

test('G4: a lease counts from when it was asked for, however late the answer came', () => {
  const state = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 3_000)
  expect(unitsAt(state, RESOURCE, at(LEASE_USABLE_MS - 1))).toBe(400)
  expect(unitsAt(state, RESOURCE, at(LEASE_USABLE_MS))).toBe(50)
  expect(unitsAt(state, RESOURCE, at(SAFE_USABLE_MS))).toBe(0)
})

test('G4: a node that stood still knows at its first look that its lease has ended, whichever of its clocks went on', () => {
  const state = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  expect(unitsAt(state, RESOURCE, { monotonicMs: 20, systemMs: LEASE_USABLE_MS })).toBe(50)
  expect(unitsAt(state, RESOURCE, { monotonicMs: LEASE_USABLE_MS, systemMs: -3_600_000 })).toBe(50)
})

test('G4: an answer to an ask before the last one is no answer', () => {
  const twice = ask(ask(newShareState(at(0)), 0), 1_000)
  expect(hear(twice, 1, granted({ units: 400 }), at(1_010))).toBe(twice)
  expect(unitsAt(hear(twice, 2, granted({ units: 300 }), at(1_020)), RESOURCE, at(1_020))).toBe(300)
})

test('G4: while the store learns, an answer extends a lease and never revives one', () => {
  const before = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  const learning = { ...granted({ units: 400 }), isLearning: true }
  const inTime = heard(ask(before, 5_000), learning, 5_010)
  expect(unitsAt(inTime, RESOURCE, at(LEASE_USABLE_MS + 1_000))).toBe(400)
  const tooLate = heard(ask(before, LEASE_USABLE_MS - 100), learning, LEASE_USABLE_MS + 100)
  expect(tooLate).toMatchObject({ kind: 'learning' })
  expect(unitsAt(tooLate, RESOURCE, at(LEASE_USABLE_MS + 100))).toBe(50)
})

test('G4: a slot whose safe share ran out between ask and answer is asked for anew', () => {
  const before = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  const state = heard(ask(before, SAFE_USABLE_MS - 100), granted({ units: 400 }), SAFE_USABLE_MS + 100)
  expect(state).toMatchObject({ kind: 'no-slot', because: 'safe-ended', failedAskCount: 1 })
  expect(unitsAt(state, RESOURCE, at(SAFE_USABLE_MS + 100))).toBe(0)
})

test('a share that shrinks is cut when the answer is heard', () => {
  const before = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  expect(unitsAt(heard(ask(before, 2_000), granted({ units: 90 }), 2_010), RESOURCE, at(2_010))).toBe(90)
})

test('a node gives up what it does not want before it asks, so that another may have it at once', () => {
  const before = heard(ask(newShareState(at(0)), 0), granted({ units: 400, otherDemandsUnits: [1_000] }), 10)
  const { state, ask: next } = beginAsk(before, NODE, () => 60, at(2_000))
  expect(next.resources[0]).toMatchObject({ wantUnits: 60, heldUnits: 60, demandUnits: 60 })
  expect(unitsAt(state, RESOURCE, at(2_000))).toBe(60)
})

test('a node whose slot another process has stops at once', () => {
  const before = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  const state = heard(ask(before, 2_000), { kind: 'taken', freeInMs: 1_000 }, 2_010)
  expect(state).toMatchObject({ kind: 'no-slot', because: 'taken' })
  expect(unitsAt(state, RESOURCE, at(2_010))).toBe(0)
})

test('a node that left admits nothing, gives its slot back with its next ask, and hears nothing any more', () => {
  const left = leave(heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10), at(20))
  expect(unitsAt(left, RESOURCE, at(20))).toBe(0)
  const { state, ask: last } = beginAsk(left, NODE, () => 1_000, at(30))
  expect(last).toMatchObject({ isLeaving: true, known: null })
  expect(hear(state, last.askNo, granted({ units: 400 }), at(40))).toBe(state)
})

test('a node says since when and why its share is what it is', () => {
  const healthy = heard(ask(newShareState(at(0)), 0), granted({ units: 400 }), 10)
  expect(healthy).toMatchObject({ kind: 'healthy', because: 'granted', since: at(10) })
  expect(settle(healthy, at(9_000))).toMatchObject({ kind: 'store-lost', because: 'lease-ended', since: at(9_000) })
})

test('every event in every state: only the store gives, and nobody comes back after leaving', () => {
  for (const [kind, row] of Object.entries(SHARE_STATES)) {
    const gives = Object.entries(row).filter(([, next]) => next === 'healthy' && kind !== 'healthy')
    expect(gives.map(([event]) => event)).toEqual(kind === 'left' || kind === 'healthy' ? [] : ['granted'])
    if (kind === 'left') expect(new Set(Object.values(row))).toEqual(new Set(['left']))
  }
})

test('a settled share is renewed at a quarter of its term, one that is not enough soon, and a store that fails less and less often', () => {
  const fair = { units: 240, safeUnits: 50, divisibleUnits: 760, otherDemandsUnits: [1_000, 1_000, 1_000] }
  const settled = heard(ask(newShareState(at(0)), 0, 240), granted(fair), 10)
  expect(nextAskInMs(settled, 'one')).toBeGreaterThan(RENEW_MS * 0.8)
  expect(nextAskInMs(settled, 'one')).toBeLessThanOrEqual(RENEW_MS)
  const hungry = heard(ask(newShareState(at(0)), 0), granted({ ...fair, units: 100 }), 10)
  expect(nextAskInMs(hungry, 'one')).toBeLessThanOrEqual(MIN_ASK_GAP_MS * 1.25)
  const waits = [1, 2, 3, 4].map((failedAskCount) => nextAskInMs({ ...settled, failedAskCount }, 'one'))
  expect(waits).toEqual([...waits].sort((left, right) => left - right))
  expect(failed(settled).failedAskCount).toBe(1)
})

function at(ms: number): Moment {
  return { monotonicMs: ms, systemMs: ms }
}

function ask(state: ShareState, ms: number, demandUnits = 1_000): ShareState {
  return beginAsk(state, NODE, () => demandUnits, at(ms)).state
}

function heard(state: ShareState, answer: CapacityAnswer, ms: number): ShareState {
  return hear(state, state.askNo, answer, at(ms))
}

function granted(overrides: {
  units: number
  divisibleUnits?: number
  otherDemandsUnits?: number[]
}): CapacityAnswer & {
  kind: 'granted'
} {
  const grant = { resourceId: RESOURCE, safeUnits: 50, divisibleUnits: 800, otherDemandsUnits: [], ...overrides }
  return { kind: 'granted', epoch: 'epoch-1', isLearning: false, resources: [grant] }
}
