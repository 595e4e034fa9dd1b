import { expect, test } from 'vitest'
import { freshness, STALE_AFTER_MS } from './staleness.ts'

test('before the first answer the page says that it is connecting', () => {
  expect(freshness(null, 5)).toEqual({ kind: 'connecting' })
})

test('one late answer alarms nobody, three missed ones do, with their age', () => {
  expect(freshness(1000, 1000 + STALE_AFTER_MS)).toEqual({ kind: 'live' })
  expect(freshness(1000, 9000)).toEqual({ kind: 'stale', ageMs: 8000 })
})
