import { MAX_DURATION_MS } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { toldDurationMs } from './told-duration.ts'

test('a duration is told in whole milliseconds, from nothing to as long as the wire can say', () => {
  const told = [-1, 0, 0.9, 1_000.5, MAX_DURATION_MS, MAX_DURATION_MS + 1, 1.7e12].map(toldDurationMs)
  expect(told).toEqual([0, 0, 0, 1_000, MAX_DURATION_MS, MAX_DURATION_MS, MAX_DURATION_MS])
})
