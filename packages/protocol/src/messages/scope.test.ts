import { expect, test } from 'vitest'
import { ALL_ORDINALS, Scope, scopedRanges } from './scope.ts'

const scope = Scope.parse({
  kind: 'collections',
  collections: [
    { collection: 'messages', range: { fromOrdinal: 100, toOrdinal: 200 } },
    { collection: 'messages', range: { fromOrdinal: 500, toOrdinal: 600 } },
    { collection: 'bodies' },
  ],
})

test('a whole account covers every ordinal of any collection', () => {
  expect(scopedRanges({ kind: 'account' }, 'drafts')).toEqual([ALL_ORDINALS])
})

test('a collection without a range is covered whole, one that is not named not at all', () => {
  expect(scopedRanges(scope, 'bodies')).toEqual([ALL_ORDINALS])
  expect(scopedRanges(scope, 'drafts')).toEqual([])
})

test('a collection named twice is covered in both ranges, and not in what lies between', () => {
  expect(scopedRanges(scope, 'messages')).toEqual([
    { fromOrdinal: 100, toOrdinal: 200 },
    { fromOrdinal: 500, toOrdinal: 600 },
  ])
})
