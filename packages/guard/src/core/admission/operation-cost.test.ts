import { expect, test } from 'vitest'
import { DEFAULT_OPERATION_COSTS, unitsOf } from './operation-cost.ts'

test('an operation costs its class’s fixed units and so many for each byte', () => {
  expect(unitsOf(DEFAULT_OPERATION_COSTS, 'read', 0)).toBe(8_192)
  expect(unitsOf(DEFAULT_OPERATION_COSTS, 'write', 1_000)).toBe(18_384)
  expect(unitsOf({ search: { fixedUnits: 500_000, unitsPerByte: 0 } }, 'search', 9_999)).toBe(500_000)
})

test('a class that has no cost is an error that names those that have one', () => {
  expect(() => unitsOf(DEFAULT_OPERATION_COSTS, 'toString', 1)).toThrow(
    'Cannot tell what toString costs: it is none of read, write',
  )
})
