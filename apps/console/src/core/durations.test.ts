import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './durations.ts'

test.each([
  ['90 s', 90_000],
  ['15min', 900_000],
  ['1 h 30 min', 5_400_000],
  ['2 days', 172_800_000],
  ['1.5 h', 5_400_000],
  ['0', 0],
])('an operator may write %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '15', 'soon', '3 fortnights', '-5 min', '5 min ago!'])(
  '"%s" is not taken for a length of time',
  (text) => {
    expect(parseDuration(text)).toBeNull()
  },
)

test('a length of time reads in its two largest units', () => {
  expect(formatDuration(0)).toBe('0 s')
  expect(formatDuration(250)).toBe('250 ms')
  expect(formatDuration(90_000)).toBe('1 min 30 s')
  expect(formatDuration(187_200_000)).toBe('2 d 4 h')
})

test('what is shown can be typed back in, and means the same to within the unit shown', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 34_560_000_000 }), (ms) => {
      const shownMs = parseDuration(formatDuration(ms))
      expect(shownMs).not.toBeNull()
      expect(formatDuration(shownMs ?? -1)).toBe(formatDuration(ms))
    }),
  )
})
