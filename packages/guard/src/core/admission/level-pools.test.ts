import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LevelPools } from './level-pools.ts'
import { DEFAULT_LEVELS } from './levels.ts'

const RATE = 1000
const [INTERACTIVE, DELIVERY, RESYNC] = [0, 1, 2]

test('nothing may be drawn at the start, so that a node that starts again has not handed out two buckets (G4)', () => {
  expect(aDivision().take(INTERACTIVE, 1, 0)).toBeNull()
})

test('resyncs alone draw all there is: what nobody uses is lent', () => {
  const pools = aDivision()
  expect(drawnBy(pools, RESYNC, { fromMs: 2_000, untilMs: 12_000 })).toBeGreaterThanOrEqual(10 * RATE)
})

test('a level that comes back finds its own share at once, however much of it was lent (G5)', () => {
  const pools = aDivision()
  drawnBy(pools, RESYNC, { fromMs: 2_000, untilMs: 4_000 })
  expect(pools.take(RESYNC, 10, 4_000)).toBeNull()
  expect(pools.take(DELIVERY, 200, 4_000)).not.toBeNull()
  expect(pools.take(INTERACTIVE, 300, 4_000)).not.toBeNull()
})

test('a flood of one upper level leaves the other its guarantee', () => {
  const pools = aDivision()
  let delivered = 0
  for (let nowMs = 2_000; nowMs < 12_000; nowMs += 10) {
    while (draw(pools, INTERACTIVE, 5, nowMs)) {}
    if (draw(pools, DELIVERY, 2, nowMs)) delivered += 2
  }
  expect(delivered).toBe(2_000)
})

test('an estimate that was too low stops nobody in the same moment while the level has enough to pay it', () => {
  const pools = aDivision()
  const low = pools.take(INTERACTIVE, 0, 2_000)
  if (!low) throw new Error('refused')
  pools.settle(low, 100, 2_000)
  expect(pools.take(INTERACTIVE, 700, 2_000)).not.toBeNull()
  expect(pools.take(INTERACTIVE, 1, 2_000)).toBeNull()
})

test('an estimate that was too high is given back, one that was too low is paid by its own level (G5)', () => {
  const pools = aDivision()
  const high = pools.take(INTERACTIVE, 600, 2_000)
  if (!high) throw new Error('refused')
  pools.settle(high, 100, 2_000)
  expect(draw(pools, INTERACTIVE, 600, 2_000)).toBe(true)

  const low = pools.take(RESYNC, 100, 4_000)
  if (!low) throw new Error('refused')
  pools.settle(low, 5_000, 4_000)
  expect(pools.take(RESYNC, 1, 5_000)).toBeNull()
  expect(pools.take(INTERACTIVE, 420, 5_000)).not.toBeNull()
})

test('an operation that costs more than its level ever holds is let through when the level is full, and paid back', () => {
  const pools = aDivision()
  expect(pools.take(INTERACTIVE, 5_000, 500)).toBeNull()
  expect(draw(pools, INTERACTIVE, 5_000, 2_000)).toBe(true)
  expect(pools.take(INTERACTIVE, 1, 3_000)).toBeNull()
  expect(pools.waitMs(INTERACTIVE, 1, 3_000)).toBeGreaterThan(2_000)
})

test('a lower rate counts for the next operation, and none for all', () => {
  const pools = aDivision()
  pools.setRate(100, 2_000)
  expect(draw(pools, INTERACTIVE, 79, 2_000)).toBe(true)
  expect(draw(pools, INTERACTIVE, 2, 2_000)).toBe(false)
  pools.setRate(0, 2_000)
  expect(pools.take(DELIVERY, 1, 9_000)).toBeNull()
  expect(pools.waitMs(DELIVERY, 1, 9_000)).toBe(Number.POSITIVE_INFINITY)
})

test('G4: in no window do all levels together draw more than rate × time and one bucket, counted at an operation’s beginning or end', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 90 }), (steps) => {
      const { begun, ended } = played(aDivision(), steps)
      expectWithin(begun, [{ atMs: 0, rate: RATE }])
      expectWithin(ended, [{ atMs: 0, rate: RATE }])
    }),
    { numRuns: 150 },
  )
})

test('G4: a rate that changes bounds what is drawn from the moment it is set', () => {
  const rates = fc.array(fc.constantFrom(0, 100, 400, 1000), { minLength: 90, maxLength: 90 })
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 90 }), rates, (steps, rateAt) => {
      const set: Rate[] = [{ atMs: 0, rate: RATE }]
      const pools = aDivision()
      // A window begins either before a change or after it.
      const apart = steps.map((each) => ({ ...each, afterMs: Math.max(1, each.afterMs) }))
      const { begun } = played(pools, apart, (nowMs, at) => {
        if (at % 3 !== 0) return
        const rate = rateAt[at] ?? 0
        pools.setRate(rate, nowMs)
        set.push({ atMs: nowMs, rate })
      })
      expectWithin(begun, set)
    }),
    { numRuns: 150 },
  )
})

test('G5: whatever resyncs do, nothing is refused above them that would fit if only what they leave alone existed', () => {
  const upper = fc.record({
    afterMs: fc.integer({ min: 0, max: 50 }),
    level: fc.constantFrom(INTERACTIVE, DELIVERY),
    units: fc.integer({ min: 1, max: 90 }),
    resyncs: fc.array(fc.record({ units: fc.integer({ min: 1, max: 300 }), drawn: fc.constantFrom(0, 1, 4) }), {
      maxLength: 4,
    }),
  })
  let cutCount = 0
  fc.assert(
    fc.property(fc.array(upper, { minLength: 30, maxLength: 120 }), (steps) => {
      const pools = aDivision()
      const alone = new UpperAlone()
      let nowMs = 1_000
      for (const { afterMs, level, units, resyncs } of steps) {
        nowMs += afterMs
        for (const resync of resyncs) {
          draw(pools, RESYNC, resync.units, nowMs, resync.units * resync.drawn)
        }
        if (!alone.take(level, units, nowMs)) {
          cutCount += 1
          continue
        }
        expect(draw(pools, level, units, nowMs), `${units} of level ${level} at ${nowMs}`).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
  // Where the others never need more than there is, they could not be cut either.
  expect(cutCount).toBeGreaterThan(1_000)
})

test('G5: the cut lands on resyncs: what the levels above draw is missing there, and nowhere else', () => {
  const pools = aDivision()
  let [interactive, resync] = [0, 0]
  for (let nowMs = 2_000; nowMs < 22_000; nowMs += 10) {
    while (draw(pools, RESYNC, 10, nowMs)) resync += 10
    if (draw(pools, INTERACTIVE, 8, nowMs)) interactive += 8
  }
  expect(interactive).toBe(16_000)
  expect(resync).toBeGreaterThan(4_000 - RATE)
  expect(resync).toBeLessThanOrEqual(4_000 + RATE)
})

type Step = {
  readonly afterMs: number
  readonly level: number
  readonly units: number
  readonly lastsMs: number
  readonly drawnShare: number
}

const step: fc.Arbitrary<Step> = fc.record({
  // More is asked for than there is, or the bound would hold by itself.
  afterMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 })),
  level: fc.constantFrom(INTERACTIVE, DELIVERY, RESYNC),
  units: fc.integer({ min: 1, max: 370 }),
  lastsMs: fc.constantFrom(0, 40, 900),
  drawnShare: fc.constantFrom(1, 1, 1, 0.5, 0),
})

interface Rate {
  readonly atMs: number
  readonly rate: number
}

interface Drawn {
  readonly atMs: number
  readonly units: number
}

/** The levels above the lowest on a resource of their own: guarantees, and of the common pool only the headroom. */
class UpperAlone {
  readonly #own = [0, 0]
  #common = 0
  #filledAtMs = 0

  take(level: number, units: number, nowMs: number): boolean {
    const inflow = ((nowMs - this.#filledAtMs) * RATE) / 1000
    this.#filledAtMs = nowMs
    let spare = inflow * 0.5
    for (const [at, share] of [0.3, 0.2].entries()) {
      const full = (this.#own[at] ?? 0) + inflow * share
      this.#own[at] = Math.min(full, share * RATE)
      spare += Math.max(0, full - share * RATE)
    }
    this.#common = Math.min(this.#common + spare, 125)
    // The second level leaves half of the headroom to the first.
    const above = Math.max(0, this.#common - (level === DELIVERY ? 62.5 : 0))
    const own = this.#own[level] ?? 0
    if (own + above < units + 1e-6) return false
    const fromOwn = Math.min(own, units)
    this.#own[level] = own - fromOwn
    this.#common -= units - fromOwn
    return true
  }
}

function aDivision(): LevelPools {
  return new LevelPools(DEFAULT_LEVELS, RATE, 0)
}

function draw(pools: LevelPools, level: number, units: number, nowMs: number, drawnUnits = units): boolean {
  const permit = pools.take(level, units, nowMs)
  if (permit) pools.settle(permit, drawnUnits, nowMs)
  return permit !== null
}

function drawnBy(pools: LevelPools, level: number, { fromMs, untilMs }: { fromMs: number; untilMs: number }): number {
  let units = 0
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 10) while (draw(pools, level, 10, nowMs)) units += 10
  return units
}

function played(pools: LevelPools, steps: readonly Step[], before: (nowMs: number, at: number) => void = () => {}) {
  const begun: Drawn[] = []
  const ended: Drawn[] = []
  let flying: { readonly atMs: number; readonly settle: () => void }[] = []
  const landUntil = (untilMs: number) => {
    for (const { settle } of flying.filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)) settle()
    flying = flying.filter((each) => each.atMs > untilMs)
  }
  let nowMs = 0
  for (const [at, { afterMs, level, units, lastsMs, drawnShare }] of steps.entries()) {
    nowMs += afterMs
    landUntil(nowMs)
    before(nowMs, at)
    // What a level can never hold is paid back afterwards.
    if (units > pools.capacityUnits(level)) continue
    const permit = pools.take(level, units, nowMs)
    if (!permit) continue
    const drawn = units * drawnShare
    const atMs = nowMs + lastsMs
    begun.push({ atMs: nowMs, units: drawn })
    flying.push({
      atMs,
      settle() {
        pools.settle(permit, drawn, atMs)
        ended.push({ atMs, units: drawn })
      },
    })
  }
  landUntil(Number.POSITIVE_INFINITY)
  return { begun, ended }
}

/** @param rates from when each was set; a bucket is a second of the rate at a window's beginning */
function expectWithin(drawn: readonly Drawn[], rates: readonly Rate[]): void {
  drawn.forEach((from, first) => {
    const bucket = rates.findLast(({ atMs }) => atMs <= from.atMs)?.rate ?? 0
    let units = 0
    for (const each of drawn.slice(first)) {
      units += each.units
      expect(units).toBeLessThanOrEqual(bucket + inflow(rates, from.atMs, each.atMs) + 1e-6)
    }
  })
}

function inflow(rates: readonly Rate[], fromMs: number, untilMs: number): number {
  return rates.reduce((sum, { atMs, rate }, at) => {
    const endsAtMs = Math.min(untilMs, rates[at + 1]?.atMs ?? untilMs)
    return sum + (rate * Math.max(0, endsAtMs - Math.max(fromMs, atMs))) / 1000
  }, 0)
}
