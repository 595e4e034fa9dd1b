import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SAFE_USABLE_MS } from './node-shares.ts'
import { CAPACITY_UNITS, type Fate, SharesWorld } from './testing/shares-world.ts'

// Σ max(lease, safe) ≤ capacity at every instant, and what is drawn in any time t ≤ capacity × t and one bucket (G4), of
// the shipped core of nodes and store, in thousands of histories of a small world.

const PROMPT: Fate = { askMs: 2, answerMs: 2 }

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(PROMPT) },
  { weight: 1, arbitrary: fc.constant({ askMs: null, answerMs: null }) },
  { weight: 2, arbitrary: fc.constant({ askMs: 2, answerMs: null }) },
  {
    weight: 1,
    arbitrary: fc.record({
      askMs: fc.constantFrom(2, 200, 3_000, 20_000),
      answerMs: fc.constantFrom(2, 200, 3_000, 9_000),
    }),
  },
)
const clockRate = fc.constantFrom(0.99, 1, 1.01)
const who = fc.nat(4)

const pass = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.constantFrom(40, 300, 1_100, 2_600, 6_000, 9_000, 11_000),
})
const ofProcess = fc.oneof(
  fc.record({
    kind: fc.constantFrom('freeze' as const, 'freeze-asking' as const, 'suspend' as const),
    who,
    ms: fc.constantFrom(100, 2_000, 7_500, 12_000),
  }),
  fc.record({ kind: fc.constantFrom('restart' as const, 'take-over' as const, 'strand' as const), who, clockRate }),
  fc.record({ kind: fc.constantFrom('kill' as const, 'leave' as const, 'cut-off' as const, 'reach' as const), who }),
  fc.record({ kind: fc.constant('want' as const), who, units: fc.constantFrom(0, 50, 300, CAPACITY_UNITS) }),
  fc.record({
    kind: fc.constant('set-clock' as const),
    who,
    ms: fc.constantFrom(-3_600_000, -5_000, 5_000, 3_600_000),
  }),
)
const ofStore = fc.oneof(
  fc.record({ kind: fc.constantFrom('store-down' as const, 'store-up' as const, 'wipe' as const) }),
  fc.record({ kind: fc.constant('promote' as const), lostMs: fc.constantFrom(0, 1_500, 8_000, 60_000) }),
  fc.record({
    kind: fc.constant('set-store-clock' as const),
    ms: fc.constantFrom(-3_600_000, -2_000, 2_000, 3_600_000),
  }),
)
const outlast = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.constantFrom(20_000, 160_000, SAFE_USABLE_MS - 5_000, 310_000),
})
const action = fc.oneof(
  { weight: 10, arbitrary: pass },
  { weight: 8, arbitrary: ofProcess },
  { weight: 3, arbitrary: ofStore },
  { weight: 1, arbitrary: outlast },
)
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

const history = fc.record({
  storeRate: clockRate,
  isFirst: fc.boolean(),
  clockRates: fc.array(clockRate, { minLength: 3, maxLength: 3 }),
  fates: fc.array(fate, { minLength: 1, maxLength: 60 }),
  actions: fc.array(action, { minLength: 5, maxLength: 45 }),
})

const SLOT_COUNT = 3

function act(world: SharesWorld, action: Action): void {
  if (action.kind === 'pass') world.advance(action.ms)
  if (action.kind === 'store-down') world.storeIsUp = false
  if (action.kind === 'store-up') world.storeIsUp = true
  if (action.kind === 'wipe') world.wipe()
  if (action.kind === 'promote') world.promote(action.lostMs)
  if (action.kind === 'set-store-clock') world.stepStoreClock(action.ms)
  if (!('who' in action)) return
  const living = world.processes.filter(({ isGone }) => !isGone)
  const process = living[action.who % Math.max(1, living.length)]
  if (!process) {
    world.start({ slot: 1, slotCount: SLOT_COUNT, clockRate: 1 })
    return
  }
  const { slot, slotCount } = process.node
  if (action.kind === 'freeze') process.frozenUntilMs = world.nowMs + action.ms
  if (action.kind === 'freeze-asking') world.freezeAsking(process, action.ms)
  if (action.kind === 'suspend') world.suspend(process, action.ms)
  if (action.kind === 'kill' && living.length > 1) world.kill(process)
  if (action.kind === 'leave') world.leave(process)
  if (action.kind === 'cut-off' || action.kind === 'strand') process.isCutOff = true
  if (action.kind === 'reach') process.isCutOff = false
  if (action.kind === 'want') process.demandUnits = action.units
  if (action.kind === 'set-clock') world.setClock(process, action.ms)
  if (action.kind === 'restart') world.kill(process)
  const starts = action.kind === 'restart' || action.kind === 'take-over' || action.kind === 'strand'
  if (starts && living.length < 6) world.start({ slot, slotCount, clockRate: action.clockRate })
}

function expectWithinCapacity(world: SharesWorld): void {
  expect(world.peakUnits).toBeLessThanOrEqual(CAPACITY_UNITS)
  // Nodes measure a second by clocks that run up to a hundredth fast.
  expect(world.burstUnits(CAPACITY_UNITS * 1.0101)).toBeLessThanOrEqual(CAPACITY_UNITS * 1.0001)
}

function cycle<Value>(values: readonly Value[]): () => Value {
  let at = 0
  return () => values[at++ % values.length] as Value // not empty
}

test('G4: whatever becomes of nodes, store, network and clocks, shares never add up to more than the capacity', () => {
  const heard = { granted: 0, learning: 0, refused: 0 }
  fc.assert(
    fc.property(history, ({ storeRate, isFirst, clockRates, fates, actions }) => {
      const world = new SharesWorld({ storeRate, isFirst, nextFate: cycle(fates) })
      for (const [at, rate] of clockRates.entries()) {
        world.start({ slot: at + 1, slotCount: SLOT_COUNT, clockRate: rate })
      }
      for (const each of actions) {
        act(world, each)
        expectWithinCapacity(world)
      }
      heard.granted += world.heardCount.granted
      heard.learning += world.heardCount.learning
      heard.refused += world.heardCount.refused
    }),
    { numRuns: 3_000 },
  )
  // A world in which nothing is given keeps any promise.
  expect(Math.min(heard.granted, heard.learning, heard.refused)).toBeGreaterThan(1_000)
})

test('G4: while the number of slots is changed node by node, shares never add up to more than the capacity', () => {
  const start = fc.record({
    kind: fc.constant('start' as const),
    slot: fc.nat(7),
    slotCount: fc.constantFrom(2, 4, 8),
    clockRate,
  })
  const actions = fc.array(
    fc.oneof({ weight: 3, arbitrary: pass }, { weight: 2, arbitrary: ofProcess }, { weight: 2, arbitrary: start }),
    { minLength: 10, maxLength: 40 },
  )
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 40 }), actions, (fates, actions) => {
      const world = new SharesWorld({ storeRate: 1, isFirst: true, nextFate: cycle(fates) })
      for (const each of actions) {
        if (each.kind !== 'start') act(world, each)
        else if (world.processes.length < 10) world.start({ ...each, slot: 1 + (each.slot % each.slotCount) })
        expectWithinCapacity(world)
      }
    }),
    { numRuns: 500 },
  )
})
