import { expect, test } from 'vitest'
import { formatBytes, formatCounted, formatWait } from './figures.ts'
import { formatListDate } from './list-date.ts'

test.each([
  [0, '1 s'],
  [11_200, '12 s'],
  [59_999, '1 min'],
  [180_000, '3 min'],
  [7_800_000, '2 h 10 min'],
  [7_200_000, '2 h'],
  [345_600_000, '4 days'],
])('a wait of %d ms reads as %s', (ms, text) => {
  expect(formatWait(ms)).toBe(text)
})

test('sizes and counts read the same everywhere', () => {
  expect(formatBytes(12_440_000)).toBe('12.4 MB')
  expect(formatCounted(629, 'mail')).toBe('629 mails')
})

test('a mail of today shows its time, an older one its day, one of another year its date', () => {
  const now = new Date(2023, 6, 25, 12, 0).getTime()
  expect(formatListDate(new Date(2023, 6, 25, 9, 5).getTime(), now)).toMatch(/9.05/)
  expect(formatListDate(new Date(2023, 0, 2).getTime(), now)).not.toMatch(/2023/)
  expect(formatListDate(new Date(2021, 0, 2).getTime(), now)).toMatch(/2021/)
})
