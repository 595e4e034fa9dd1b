import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pretendRandom } from './pretend-random.ts'

test('the same seed gives the same stream, another one another', () => {
  const first = Array.from({ length: 5 }, pretendRandom(7))
  expect(Array.from({ length: 5 }, pretendRandom(7))).toEqual(first)
  expect(Array.from({ length: 5 }, pretendRandom(8))).not.toEqual(first)
})

test('every number is in [0, 1)', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = pretendRandom(seed)
      for (let count = 0; count < 100; count++) {
        const chance = random()
        expect(chance >= 0 && chance < 1).toBe(true)
      }
    }),
  )
})

test('the stream is uniform: 100,000 numbers over 100 cells', () => {
  const random = pretendRandom(2023)
  const counts = new Array<number>(100).fill(0)
  for (let count = 0; count < 100_000; count++) {
    const cell = Math.floor(random() * 100)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)
  expect(chiSquare).toBeLessThan(148.23) // 99 degrees of freedom at 0.001, NIST/SEMATECH e-Handbook 1.3.6.7.4
})
