import { expect, test } from 'vitest'
import { formatBytes, formatCounted, formatShare, ratioOf } from './figures.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [12_440_000, '12.4 MB'],
  [999_999, '1 MB'],
  [4_500_000_000_000, '4.5 TB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('large counts have their thousands apart, and one of something is singular', () => {
  expect(formatCounted(12_400, 'account')).toBe('12,400 accounts')
  expect(formatCounted(1, 'account')).toBe('1 account')
  expect(formatCounted(2, 'resync')).toBe('2 resyncs')
})

test('shares keep one digit where it says something', () => {
  expect(formatShare(0.01)).toBe('1%')
  expect(formatShare(0.005)).toBe('0.5%')
})

test('a part of nothing is nothing, and never more than the whole', () => {
  expect(ratioOf(0, 0)).toBe(0)
  expect(ratioOf(5, 4)).toBe(1)
})
