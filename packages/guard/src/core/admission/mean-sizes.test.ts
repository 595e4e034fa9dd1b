import { expect, test } from 'vitest'
import { MeanSizes } from './mean-sizes.ts'

test('what is expected follows what was read, each kind for itself, from the first guess on', () => {
  const sizes = new MeanSizes(20_000)
  expect(sizes.expectedBytes('bodies', 3)).toBe(60_000)
  sizes.note('bodies', 2, 200_000)
  expect(sizes.expectedBytes('bodies', 1)).toBeCloseTo(28_000)
  for (let page = 0; page < 100; page++) sizes.note('bodies', 10, 1_000_000)
  expect(sizes.expectedBytes('bodies', 1)).toBeCloseTo(100_000, -1)
  expect(sizes.expectedBytes('labels', 1)).toBe(20_000)
})

test('a page without items says nothing of their size', () => {
  const sizes = new MeanSizes(20_000)
  sizes.note('bodies', 0, 0)
  expect(sizes.expectedBytes('bodies', 1)).toBe(20_000)
})
