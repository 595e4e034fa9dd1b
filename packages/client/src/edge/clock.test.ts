import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sleepCounting } from './clock.ts'

/** A device whose two clocks a test moves. */
function aDevice() {
  const device = { monotonicMs: 5_000, wallMs: 1_700_000_000_000 }
  const nowMs = sleepCounting(
    () => device.monotonicMs,
    () => device.wallMs,
  )
  return { device, nowMs }
}

test('a night with the lid closed counts, although the monotonic clock stood still (C2)', () => {
  const { device, nowMs } = aDevice()
  const sentAtMs = nowMs()
  device.wallMs += 8 * 3_600_000
  device.monotonicMs += 20
  expect(nowMs() - sentAtMs).toBeGreaterThanOrEqual(8 * 3_600_000)
})

test('it never goes back, never runs slower than the monotonic clock, and does not drift while both go on together', () => {
  const steps = fc.array(
    fc.record({ ms: fc.double({ min: 0, max: 5_000, noNaN: true }), set: fc.integer({ min: -9_999, max: 0 }) }),
  )
  fc.assert(
    fc.property(steps, (moves) => {
      const { device, nowMs } = aDevice()
      const startMs = nowMs()
      let lastMs = startMs
      let elapsedMs = 0
      let exactWallMs = device.wallMs
      for (const { ms, set } of moves) {
        elapsedMs += ms
        device.monotonicMs += ms
        // Whole milliseconds, as `Date.now` counts, and now and then set back.
        exactWallMs += ms + (set < -9_000 ? set : 0)
        device.wallMs = Math.floor(exactWallMs)
        expect(nowMs()).toBeGreaterThanOrEqual(lastMs)
        lastMs = nowMs()
      }
      expect(lastMs - startMs).toBeCloseTo(elapsedMs, 3)
    }),
  )
})

test('a wall clock set forward makes answers older, never younger', () => {
  const { device, nowMs } = aDevice()
  const beforeMs = nowMs()
  device.wallMs += 60_000
  expect(nowMs() - beforeMs).toBe(60_000)
  device.wallMs -= 60_000
  expect(nowMs() - beforeMs).toBe(60_000)
})
