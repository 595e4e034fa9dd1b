import { expect, test } from 'vitest'
import { LedgerClock } from './ledger-clock.ts'

const HOUR_MS = 3_600_000

test('a machine that is two hours off tells the ledger’s time as soon as it has asked, within the time the answer took', () => {
  for (const offMs of [2 * HOUR_MS, -2 * HOUR_MS]) {
    const clock = new LedgerClock(1_000_000_000 + offMs, 5_000)
    clock.learn({ toldMs: 1_000_000_004, askedAtMonotonicMs: 5_000, heardAtMonotonicMs: 5_010 })
    expect(clock.nowMs(5_010)).toBeGreaterThanOrEqual(1_000_000_004)
    expect(clock.nowMs(5_010)).toBeLessThanOrEqual(1_000_000_014)
  }
})

test('an answer that leaves what is known possible changes nothing, however long it took', () => {
  const clock = new LedgerClock(1_000_000_000, 5_000)
  expect(clock.learn({ toldMs: 1_000_000_900, askedAtMonotonicMs: 5_000, heardAtMonotonicMs: 36_000 })).toBe(0)
  expect(clock.nowMs(36_000)).toBe(1_000_031_000)
})

test('a clock of the ledger that was set is followed, and the node says by how much', () => {
  const clock = new LedgerClock(1_000_000_000, 0)
  expect(clock.learn({ toldMs: 1_000_000_000 + HOUR_MS, askedAtMonotonicMs: 0, heardAtMonotonicMs: 0 })).toBe(HOUR_MS)
  expect(clock.learn({ toldMs: 1_000_000_000, askedAtMonotonicMs: 0.5, heardAtMonotonicMs: 0.75 })).toBe(-HOUR_MS - 0.5)
  expect(clock.nowMs(10.75)).toBe(1_000_000_010)
})
