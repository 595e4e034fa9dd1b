import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'

test('a percentile is never below the true one, and at most a tenth above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (latencies, ratio) => {
        const histogram = new LatencyHistogram()
        for (const ms of latencies) histogram.record(ms)
        const sorted = [...latencies].sort((left, right) => left - right)
        const trueMs = sorted[Math.ceil(sorted.length * ratio) - 1] ?? Number.NaN
        const toldMs = histogram.percentileMs(ratio) ?? Number.NaN
        expect(toldMs).toBeGreaterThanOrEqual(trueMs * (1 - 1e-6))
        expect(toldMs).toBeLessThanOrEqual(trueMs * 1.1 * (1 + 1e-6))
      },
    ),
  )
})

test('nothing recorded is no latency, not a latency of nothing', () => {
  const histogram = new LatencyHistogram()
  expect(histogram.percentileMs(0.99)).toBeNull()
  histogram.record(12)
  histogram.clear()
  expect(histogram.percentileMs(0.99)).toBeNull()
})

test('a latency that is no number counts as the longest', () => {
  for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    const histogram = new LatencyHistogram()
    histogram.record(ms)
    expect(histogram.percentileMs(0.99)).toBe(600_000)
  }
})
