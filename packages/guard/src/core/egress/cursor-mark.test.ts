import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CursorMark, MAX_MARKS, markedCursor, placeOf, readCursor, signalKeyOf } from './cursor-mark.ts'

const mark: fc.Arbitrary<CursorMark> = fc.oneof(
  fc.record({ kind: fc.constant('settled' as const), signalKey: fc.uuid().map(signalKeyOf) }),
  fc.record({
    kind: fc.constant('carried' as const),
    signalKey: fc.uuid().map(signalKeyOf),
    place: fc.string().map(placeOf),
  }),
)

test('whatever the host’s cursor is, it comes back as it was, and so do the marks', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.uniqueArray(mark, { selector: ({ signalKey }) => signalKey, minLength: 1, maxLength: MAX_MARKS }),
      (cursor, marks) => {
        expect(readCursor(markedCursor(cursor, marks))).toMatchObject({ cursor, marks })
      },
    ),
  )
})

test.each(['', 'plain', '~tg.', 'c5~tg.', 'c5~tg.xyz', 'c5~tg.0123456789abcdef.', 'c5~tg.0123456789ABCDEF'])(
  'a cursor that only looks marked is the host’s own: %s',
  (text) => {
    expect(readCursor(text)).toEqual({ text, cursor: text, marks: [] })
  },
)

test('a client that begins anew has no cursor and no marks', () => {
  expect(readCursor(null)).toEqual({ text: null, cursor: null, marks: [] })
})

test('a signal has one mark, its newest; of more than can be kept the oldest fall off', () => {
  const keys = Array.from({ length: MAX_MARKS + 1 }, (_, at) => signalKeyOf(`signal-${at}`))
  const carried = keys.map((signalKey): CursorMark => ({ kind: 'carried', signalKey, place: placeOf('c') }))
  const settled = keys.map((signalKey): CursorMark => ({ kind: 'settled', signalKey }))
  expect(readCursor(markedCursor('c', [...carried, ...settled])).marks).toEqual(settled.slice(1))
})
