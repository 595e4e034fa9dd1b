import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measured } from '../../testing/measured.ts'
import { type AdaptiveState, adaptiveFactor, startAdaptive, stepAdaptive } from './adaptive-capacity.ts'
import type { ObservationWindow } from './observation-window.ts'
import { aLevel, aWindow, OPTIONS } from './testing/a-window.ts'

const stateAt = (overrides: Partial<AdaptiveState> = {}): AdaptiveState => ({
  ...startAdaptive(OPTIONS, 0),
  ...overrides,
})
const step = (state: AdaptiveState, window: ObservationWindow) => stepAdaptive(state, window, OPTIONS)

test('in good health it grows by a tenth, and only where the limit is what limits', () => {
  expect(step(stateAt(), aWindow(1000)).factor).toBeCloseTo(0.55)
  expect(step(stateAt(), aWindow(1000, {}, { usedRatio: 0.79 }))).toMatchObject({ factor: 0.5 })
  expect(step(stateAt(), aWindow(1000, {}, { usedRatio: null })).because).toContain('not what limits')
})

test('slowness cuts by how far beyond the target it is, at most by half; errors by a tenth', () => {
  expect(step(stateAt(), aWindow(1000, { latencyMs: 125 })).factor).toBeCloseTo(0.4)
  expect(step(stateAt(), aWindow(1000, { latencyMs: 9000 })).factor).toBeCloseTo(0.25)
  expect(step(stateAt(), aWindow(1000, { errorCount: 100 })).factor).toBeCloseTo(0.45)
  expect(step(stateAt(), aWindow(1000, { errorCount: 100, latencyMs: 9000 })).factor).toBeCloseTo(0.25)
})

test('a cut is given time: slowness that does not grow is that of what was let in before', () => {
  const slow = step(stateAt(), aWindow(1000, { latencyMs: 150 }))
  const after = (latencyMs: number) => step(slow, aWindow(2000, { latencyMs })).factor
  expect([110, 150, 164].map(after)).toEqual([slow.factor, slow.factor, slow.factor])
  expect(after(170)).toBeLessThan(slow.factor)
  expect(step(slow, aWindow(2000, { latencyMs: 150, errorCount: 500 })).factor).toBeCloseTo(slow.factor * 0.9)
})

test('after that time slowness that does not fall is cut again, and a queue that drains is left to', () => {
  const slow = step(step(stateAt(), aWindow(1000, { latencyMs: 300 })), aWindow(2000, { latencyMs: 300 }))
  const after = (latencyMs: number) => step(slow, aWindow(3000, { latencyMs })).factor
  expect(after(260)).toBe(slow.factor)
  expect(after(290)).toBeLessThan(slow.factor)
})

test('how long a level without a target takes does not make a cut wait', () => {
  const withResync = (endedAtMs: number) => {
    const levels = [aLevel({ latencyMs: 150 }), aLevel({ level: 'resync', latencyMs: 9000 })]
    return aWindow(endedAtMs, {}, { levels })
  }
  const once = step(stateAt(), withResync(1000))
  expect(once.settlesAtMs).toBe(1150)
  const later = step(once, withResync(2000))
  expect(step(later, withResync(3000)).factor).toBeLessThan(later.factor)
})

test('several cuts of one trouble remember where it began, and growth is careful there', () => {
  const first = step(stateAt({ factor: 1 }), aWindow(1000, { latencyMs: 200 }))
  const second = step(first, aWindow(2000, { latencyMs: 400 }))
  expect([first, second].map(({ troubledFactor }) => troubledFactor)).toEqual([1, 1])
  const grown = (factor: number) => step(stateAt({ factor, troubledFactor: 0.5 }), aWindow(1000)).factor / factor
  expect(grown(0.25)).toBeCloseTo(1.1)
  expect(grown(0.49)).toBeCloseTo(1.01)
  expect(grown(0.51)).toBeCloseTo(1.01)
  expect(grown(0.8)).toBeCloseTo(1.1)
  expect(step(stateAt({ factor: 0.8, troubledFactor: 0.5 }), aWindow(1000)).troubledFactor).toBeNull()
})

test('what says nothing changes nothing: too little, contradictions, and a window that is not newer', () => {
  const state = step(stateAt(), aWindow(1000))
  expect(step(state, aWindow(2000, { count: 3 })).factor).toBe(state.factor)
  expect(step(state, aWindow(2000, { errorCount: 5000 })).factor).toBe(state.factor)
  expect(step(state, aWindow(1000, { latencyMs: 9000 }))).toBe(state)
})

test('G6: silence is taken for the worst: half after ten seconds, and half again each second, down to the floor', () => {
  const state = stateAt({ factor: 1 })
  const factors = [9_999, 10_000, 11_000, 12_000, 60_000].map((nowMs) => adaptiveFactor(state, nowMs, OPTIONS))
  expect(factors).toEqual([1, 0.5, 0.25, 0.125, 0.1])
  expect(step(state, aWindow(60_000)).factor).toBeLessThan(0.12)
})

test('after the storage is well again it is back at 1 within 60 windows, wherever it was', () => {
  const anywhere = fc.record({
    factor: fc.double({ min: 0.1, max: 1, noNaN: true }),
    troubledFactor: fc.option(fc.double({ min: 0.1, max: 1, noNaN: true })),
    latencyRatio: fc.double({ min: 0, max: 50, noNaN: true }),
  })
  let most = 0
  fc.assert(
    fc.property(anywhere, (from) => {
      let state = stateAt(from)
      let windowCount = 0
      while (state.factor < 1 && windowCount < 1000) {
        windowCount += 1
        state = step(state, aWindow(windowCount * 1000))
      }
      most = Math.max(most, windowCount)
      expect(windowCount).toBeLessThanOrEqual(60)
    }),
  )
  measured(`windows from anywhere back to 1: at most ${most}`)
})

const anyNumber = fc.oneof(fc.double(), fc.integer({ min: -5, max: 3000 }), fc.constant(Number.NaN))
const wild = fc.record({
  count: anyNumber,
  errorCount: anyNumber,
  latencyMs: fc.option(anyNumber),
  usedRatio: fc.option(anyNumber),
  lastsMs: fc.integer({ min: -100, max: 30_000 }),
})
const likely = fc.record({
  count: fc.integer({ min: 15, max: 2000 }),
  errorCount: fc.constantFrom(0, 0, 0, 1, 15),
  latencyMs: fc.option(fc.integer({ min: 1, max: 250 })),
  usedRatio: fc.constantFrom(0.5, 0.9, 1, null),
  lastsMs: fc.integer({ min: 900, max: 1100 }),
})
const healthy = likely.map((window) => ({ ...window, errorCount: 0, latencyMs: 50, usedRatio: 1 }))
const failing = likely.map((window) => ({ ...window, errorCount: window.count, latencyMs: 250 }))
const anyWindow = fc.oneof(wild, likely)
/** Good and bad times, long enough to come to where the factor must not go. */
const anyTimes = fc
  .array(
    fc.oneof(
      fc.array(anyWindow, { maxLength: 20 }),
      fc.array(healthy, { minLength: 10, maxLength: 30 }),
      fc.array(failing, { minLength: 10, maxLength: 30 }),
    ),
    { maxLength: 5 },
  )
  .map((times) => times.flat())

test('G4, G5: whatever is observed, the factor stays in [floor, 1] at every moment', () => {
  fc.assert(
    fc.property(anyTimes, (windows) => {
      let state = stateAt()
      let nowMs = 0
      for (const { lastsMs, usedRatio, ...level } of windows) {
        const startedAtMs = nowMs
        nowMs += lastsMs
        state = step(state, aWindow(nowMs, level, { startedAtMs, usedRatio }))
        for (const atMs of [nowMs, nowMs + 5_000, nowMs + 100_000]) {
          const factor = adaptiveFactor(state, atMs, OPTIONS)
          expect(factor).toBeGreaterThanOrEqual(OPTIONS.floorFactor)
          expect(factor).toBeLessThanOrEqual(1)
        }
      }
    }),
  )
})

test('it reacts one way only: more latency or more errors never give a higher factor', () => {
  const anyState = fc.record({
    factor: fc.double({ min: 0.1, max: 1, noNaN: true }),
    latencyRatio: fc.double({ min: 0, max: 5, noNaN: true }),
    troubledFactor: fc.option(fc.double({ min: 0.1, max: 1, noNaN: true })),
  })
  const better = fc.record({ latencyMs: fc.integer({ min: 1, max: 500 }), errorCount: fc.integer({ min: 0, max: 40 }) })
  const worse = fc.record({ latencyMs: fc.integer({ min: 0, max: 300 }), errorCount: fc.integer({ min: 0, max: 40 }) })
  fc.assert(
    fc.property(anyState, better, worse, (from, good, more) => {
      const bad = { latencyMs: good.latencyMs + more.latencyMs, errorCount: good.errorCount + more.errorCount }
      const [high, low] = [good, bad].map((level) => step(stateAt(from), aWindow(1000, level)).factor)
      expect(low).toBeLessThanOrEqual(high ?? Number.NaN)
    }),
  )
})

test('it only ever grows in a window that was healthy and used the limit', () => {
  fc.assert(
    fc.property(anyWindow, ({ lastsMs, usedRatio, ...level }) => {
      const before = stateAt()
      const after = step(before, aWindow(1000, level, { startedAtMs: 1000 - lastsMs, usedRatio }))
      if (after.factor <= before.factor) return
      expect(usedRatio).toBeGreaterThanOrEqual(0.8)
      expect(level.latencyMs).toBeLessThanOrEqual(80)
      expect(level.count).toBeGreaterThanOrEqual(20)
      expect(level.errorCount / level.count).toBeLessThanOrEqual(0.01)
    }),
  )
})

test('options out of their range are refused with the value', () => {
  const started = (overrides: object) => () => startAdaptive({ ...OPTIONS, ...overrides }, 0)
  expect(started({ floorFactor: 0 })).toThrow(/floorFactor .* got 0/)
  expect(started({ startFactor: 0.05 })).toThrow(/startFactor .* got 0.05/)
  expect(started({ limitingUsedRatio: 0 })).toThrow(/limitingUsedRatio .* got 0/)
  expect(started({ staleAfterMs: 0 })).toThrow(/staleAfterMs .* got 0/)
  expect(started({ minCount: 0 })).toThrow(/minCount .* got 0/)
})
