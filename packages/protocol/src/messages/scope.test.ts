import { expect, test } from 'vitest'
import { ALL_ORDINALS, Scope, scopedRange } from './scope.ts'

const scope = Scope.parse({
  kind: 'collections',
  collections: [
    { collection: 'messages', range: { fromOrdinal: 100, toOrdinal: 200 } },
    { collection: 'messages', range: { fromOrdinal: 500, toOrdinal: 600 } },
    { collection: 'bodies' },
  ],
})

test('a whole account covers every ordinal of any collection', () => {
  expect(scopedRange({ kind: 'account' }, 'drafts')).toEqual(ALL_ORDINALS)
})

test('a collection without a range is covered whole, one that is not named not at all', () => {
  expect(scopedRange(scope, 'bodies')).toEqual(ALL_ORDINALS)
  expect(scopedRange(scope, 'drafts')).toBeNull()
})

test('a collection named twice is covered from the first ordinal to the last, with what lies between', () => {
  expect(scopedRange(scope, 'messages')).toEqual({ fromOrdinal: 100, toOrdinal: 600 })
})
