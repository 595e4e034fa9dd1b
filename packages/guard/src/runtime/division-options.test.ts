import { expect, test } from 'vitest'
import { DEFAULT_LEVELS } from '../core/admission/levels.ts'
import { checkedDivision } from './division-options.ts'

test('what is left out is the default; classes of operations are added to those there are', () => {
  expect(checkedDivision({})).toMatchObject({ levels: DEFAULT_LEVELS, neighbours: [] })
  const search = { fixedUnits: 500_000, unitsPerByte: 0 }
  const { operationCosts } = checkedDivision({ operationCosts: { search } })
  expect(operationCosts).toMatchObject({ search, read: { fixedUnits: 8_192, unitsPerByte: 1 } })
})

const read = (fixedUnits: number, unitsPerByte: number) => ({ operationCosts: { read: { fixedUnits, unitsPerByte } } })
test.each([
  [{ levels: [] }, 'at least one level is required, got none'],
  [
    { levels: [{ name: 'People', guaranteedShare: 0 }] },
    'must be a lower-case word of at most 32 characters, got People',
  ],
  [
    { levels: [{ name: 'all', guaranteedShare: 1 }] },
    'guaranteedShare of levels must be from 0 and all together below 1, got 1',
  ],
  [{ neighbours: [{ name: 'resync', share: 0.1 }] }, 'two pools are called resync'],
  [{ neighbours: [{ name: 'drive', share: Number.NaN }] }, 'share of neighbours must be from 0'],
  [{ bulk: { units: 0, windowMs: 1_000 } }, 'units must be a number above 0, got 0'],
  [{ bulk: { units: 1, windowMs: Number.POSITIVE_INFINITY } }, 'windowMs must be a number above 0, got Infinity'],
  [read(-1, 0), 'Cannot tell what read costs: fixedUnits must be a number from 0, got -1'],
  [read(0, Number.NaN), 'Cannot tell what read costs: unitsPerByte must be a number from 0, got NaN'],
])('%o is refused with what is wrong about it', (options, message) => {
  const check = () => checkedDivision(options)
  expect(check).toThrow(RangeError)
  expect(check).toThrow(message)
})
