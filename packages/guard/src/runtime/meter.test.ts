import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { meter } from './meter.ts'

const levels = ['interactive', 'resync']

test('what a host app does around its storage work becomes a window a second for each resource', () => {
  let nowMs = 0
  const observed = meter({ resourceIds: ['shard-1', 'shard-2'], levels, minCount: 2, clock: { nowMs: () => nowMs } })
  const done = observed.begin('shard-1', 'interactive')
  nowMs = 30
  done({ ok: true, isHit: false })
  observed.begin('shard-1', 'resync')({ ok: true })
  observed.begin('shard-2', 'resync')
  nowMs = 1000
  const sinces: number[] = []
  const windows = observed.takeDue((_resourceId, sinceMs) => {
    sinces.push(sinceMs)
    return 0.5
  })
  expect(sinces).toEqual([0])
  expect(windows).toMatchObject([{ resourceId: 'shard-1', startedAtMs: 0, endedAtMs: 1000, usedRatio: 0.5 }])
  expect(windows[0]?.levels[0]).toMatchObject({ level: 'interactive', count: 1, missCount: 1, latencyMs: 30 })
  nowMs = 5000
  const later = observed.takeDue(() => null)
  expect(later.map(({ resourceId, inFlightCount }) => [resourceId, inFlightCount])).toEqual([['shard-2', 1]])
})

test('resources and levels that were not declared are refused by name', () => {
  const observed = meter({ resourceIds: ['shard-1'], levels, clock: new PretendClock() })
  expect(() => observed.begin('shard-9', 'resync')).toThrow(/must be one of shard-1, got shard-9/)
  expect(() => observed.begin('shard-1', 'bulk')).toThrow(/got bulk/)
  expect(() => meter({ resourceIds: [], levels })).toThrow(/at least one resource/)
})
