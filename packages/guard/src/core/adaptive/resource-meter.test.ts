import { expect, test } from 'vitest'
import { DEFAULT_METER_SHAPE, ResourceMeter } from './resource-meter.ts'

const shape = { ...DEFAULT_METER_SHAPE, levels: ['interactive', 'resync'], timeoutMs: 5000 }
const aMeter = (overrides = {}) => new ResourceMeter('shard-1', { ...shape, ...overrides }, 0)

test('a window holds what ended in it, level by level, and the next begins empty', () => {
  const meter = aMeter()
  meter.end(meter.begin('interactive', 0), { ok: true, isHit: true }, 40)
  meter.end(meter.begin('interactive', 0), { ok: false, isHit: false }, 80)
  meter.end(meter.begin('resync', 100), { ok: true }, 400)
  const window = meter.close(1000, 0.5)
  expect(window).toMatchObject({ startedAtMs: 0, endedAtMs: 1000, usedRatio: 0.5, inFlightCount: 0, queuedRatio: null })
  expect(window.levels).toEqual([
    {
      level: 'interactive',
      count: 2,
      errorCount: 1,
      timeoutCount: 0,
      hitCount: 1,
      missCount: 1,
      latencyMs: 80,
      latencyAtLeastMs: 80,
    },
    {
      level: 'resync',
      count: 1,
      errorCount: 0,
      timeoutCount: 0,
      hitCount: 0,
      missCount: 0,
      latencyMs: 300,
      latencyAtLeastMs: 300,
    },
  ])
  const next = meter.close(2000, null)
  expect(next.levels.map(({ count, latencyMs }) => [count, latencyMs])).toEqual([
    [0, null],
    [0, null],
  ])
})

test('the slowest of a hundred is their 99th percentile, and by itself no news', () => {
  const meter = aMeter()
  for (let each = 1; each <= 100; each++) meter.end(meter.begin('interactive', 0), { ok: true }, each <= 98 ? 10 : 4000)
  const [level] = meter.close(5000, 1).levels
  expect(level?.latencyMs).toBe(4000)
  expect(level?.latencyAtLeastMs).toBeLessThanOrEqual(11)
})

test('work that hangs counts in every window it lasts through, as slow as it is by then, and once as a timeout', () => {
  const meter = aMeter({ timeoutMs: 2500 })
  const hung = meter.begin('interactive', 500)
  const told = [1000, 2000, 3000, 4000].map((nowMs) => meter.close(nowMs, 1).levels[0])
  expect(told.map((level) => [level?.count, level?.latencyMs, level?.timeoutCount])).toEqual([
    [0, null, 0],
    [1, 1500, 0],
    [1, 2500, 1],
    [0, null, 0],
  ])
  meter.end(hung, { ok: true }, 4500)
  expect(meter.close(5000, 1).levels[0]?.count).toBe(0)
})

test('what succeeds after the timeout has failed', () => {
  const meter = aMeter()
  meter.end(meter.begin('interactive', 0), { ok: true }, 5000)
  expect(meter.close(6000, 1).levels[0]).toMatchObject({ count: 1, errorCount: 1, timeoutCount: 1 })
})

test('an end told twice counts once', () => {
  const meter = aMeter()
  const operation = meter.begin('interactive', 0)
  meter.end(operation, { ok: true }, 10)
  meter.end(operation, { ok: false }, 20)
  expect(meter.close(1000, 1).levels[0]).toMatchObject({ count: 1, errorCount: 0 })
})

test('time in queues is told as a part of all time, and never more than that', () => {
  const meter = aMeter()
  meter.end(meter.begin('interactive', 0), { ok: true, queuedMs: 30 }, 40)
  meter.end(meter.begin('interactive', 0), { ok: true, queuedMs: 1e9 }, 60)
  expect(meter.close(1000, 1).queuedRatio).toBe(0.9)
})

test('a host that never ends its work is told of timeouts, and holds no more than 100,000 operations', () => {
  const meter = aMeter()
  for (let each = 0; each < 100_100; each++) meter.begin('resync', 0)
  const window = meter.close(1, 1)
  expect(window.inFlightCount).toBe(100_000)
  expect(window.levels[1]).toMatchObject({ count: 100, timeoutCount: 100 })
})

test('a window is due after a second with enough in it, and after five in any case', () => {
  const busy = aMeter()
  for (let each = 0; each < 20; each++) busy.end(busy.begin('interactive', 0), { ok: true }, 10)
  expect([999, 1000].map((nowMs) => busy.isDue(nowMs))).toEqual([false, true])
  expect([1000, 4999, 5000].map((nowMs) => aMeter().isDue(nowMs))).toEqual([false, false, true])
  const hanging = aMeter()
  for (let each = 0; each < 20; each++) hanging.begin('interactive', 0)
  expect(hanging.isDue(1000)).toBe(true)
})

test('a level that was not declared, no level and no timeout are refused by name', () => {
  expect(() => aMeter().begin('bulk', 0)).toThrow(/level must be one of interactive, resync, got bulk/)
  expect(() => aMeter({ levels: [] })).toThrow(/at least one level/)
  expect(() => aMeter({ timeoutMs: 0 })).toThrow(/timeoutMs must be above 0, got 0/)
  expect(() => aMeter({ windowMs: Number.NaN })).toThrow(/windowMs must be above 0, got NaN/)
})
