import { ResourceId } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import type { CapacityStore } from '../capacity/capacity-store.ts'
import { memoryCapacityStore } from '../capacity/memory-capacity-store.ts'
import { LEASE_USABLE_MS } from '../core/shares/node-shares.ts'
import { MIN_ASK_GAP_MS, SHARE_TERM_MS, STORE_DEADLINE_MS } from '../core/shares/share-terms.ts'
import { runShares } from './run-shares.ts'
import type { ShareOptions } from './share-options.ts'

const SHARD = ResourceId.parse('shard-1')
const CAPACITY = 1_000

function aFleet(slotCount = 2) {
  const clock = new PretendClock(1_000)
  let idCount = 0
  const newId = () => `id-${++idCount}`
  const inner = memoryCapacityStore({ nowMs: () => clock.nowMs(), newId })
  const calls: { readonly holder: string; readonly atMs: number }[] = []
  // What a store does that is away: it fails, or says nothing until it is back.
  const fault = { before: async () => undefined as unknown }
  const store: CapacityStore = {
    async exchange(ask) {
      calls.push({ holder: ask.holder, atMs: clock.nowMs() })
      await fault.before()
      return inner.exchange(ask)
    },
  }
  const resources = [{ resourceId: SHARD, capacityBytesPerSecond: CAPACITY }]
  const start = (slot: number, overrides: Partial<ShareOptions> = {}) =>
    runShares({
      store,
      clock,
      slot,
      slotCount,
      newId,
      resources,
      demandOf: () => CAPACITY,
      systemNowMs: () => clock.nowMs(),
      ...overrides,
    })
  return { clock, calls, fault, start }
}

test('nodes share a capacity, and say what they hold', async () => {
  const { clock, start } = aFleet()
  const [first, second] = [start(1), start(2)]
  expect(first.unitsPerSecond(SHARD)).toBe(0)
  await clock.advance(SHARE_TERM_MS)
  expect([first.unitsPerSecond(SHARD), second.unitsPerSecond(SHARD)]).toEqual([500, 500])
  expect(first.unitsPerSecond(SHARD, clock.nowMs() + LEASE_USABLE_MS)).toBe(100)
  expect(first.figures()).toMatchObject({
    kind: 'healthy',
    because: 'granted',
    failedAskCount: 0,
    resources: [{ unitsPerSecond: 500, safeUnitsPerSecond: 100, capacityUnitsPerSecond: 1_000 }],
  })
  await Promise.all([first.stop(), second.stop()])
})

test('a node asks at most once a second, whatever the store does', async () => {
  const { clock, calls, fault, start } = aFleet()
  const shares = start(1)
  await clock.advance(20_000)
  fault.before = () => Promise.reject(new Error('connection refused'))
  await clock.advance(20_000)
  fault.before = () => clock.sleep(200)
  await clock.advance(20_000)
  const gaps = calls.slice(1).map(({ atMs }, at) => atMs - (calls[at]?.atMs ?? 0))
  expect(calls.length).toBeGreaterThan(20)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(MIN_ASK_GAP_MS)
  await Promise.all([shares.stop(), clock.advance(1_000)])
})

test('G8: a store that refuses leaves the lease for its term, then the safe share, and is told once', async () => {
  const { clock, fault, start } = aFleet()
  const told: unknown[] = []
  const shares = start(1, {
    onChange: ({ kind, because }, error) => told.push([kind, because, error instanceof Error]),
  })
  await clock.advance(5_000)
  fault.before = () => Promise.reject(new Error('connection refused'))
  await clock.advance(LEASE_USABLE_MS - 3_000)
  expect(shares.unitsPerSecond(SHARD)).toBe(900)
  await clock.advance(60_000)
  expect(shares.unitsPerSecond(SHARD)).toBe(100)
  fault.before = async () => undefined
  await clock.advance(SHARE_TERM_MS)
  expect(shares.unitsPerSecond(SHARD)).toBe(900)
  expect(told).toEqual([
    ['healthy', 'granted', false],
    ['store-lost', 'lease-ended', expect.any(Boolean)],
    ['healthy', 'granted', false],
  ])
  await shares.stop()
})

test('a store that is frozen is asked twice and not again until it answers', async () => {
  const { clock, calls, fault, start } = aFleet()
  const shares = start(1)
  await clock.advance(5_000)
  let thaw = () => undefined as unknown
  const frozen = new Promise<void>((resolve) => {
    thaw = () => resolve()
  })
  fault.before = () => frozen
  const before = calls.length
  await clock.advance(60_000)
  expect(calls.length - before).toBe(2)
  expect(shares.unitsPerSecond(SHARD)).toBe(100)
  fault.before = async () => undefined
  thaw()
  await clock.advance(SHARE_TERM_MS)
  expect(shares.unitsPerSecond(SHARD)).toBe(900)
  await shares.stop()
})

test('an answer that comes after the deadline counts', async () => {
  const { clock, fault, start } = aFleet()
  fault.before = () => clock.sleep(STORE_DEADLINE_MS * 4)
  const shares = start(1)
  await clock.advance(SHARE_TERM_MS)
  expect(shares.unitsPerSecond(SHARD)).toBe(900)
  expect(shares.figures().failedAskCount).toBeLessThanOrEqual(1)
  await clock.advance(3 * SHARE_TERM_MS)
  expect(shares.unitsPerSecond(SHARD)).toBe(900)
  await Promise.all([shares.stop(), clock.advance(1_000)])
})

test('a node that stops admits nothing, and its slot is free', async () => {
  const { clock, start } = aFleet()
  const shares = start(1)
  await clock.advance(5_000)
  await shares.stop()
  expect(shares.unitsPerSecond(SHARD)).toBe(0)
  expect(shares.figures()).toMatchObject({ kind: 'left', epoch: null })
  const heir = start(1)
  await clock.advance(5_000)
  expect(heir.unitsPerSecond(SHARD)).toBe(900)
  await heir.stop()
  await clock.advance(5_000)
  expect(clock.sleeperCount).toBe(0)
})

test('what is out of range is refused by name', () => {
  const { start } = aFleet()
  expect(() => start(3)).toThrow('slot must be a whole number from 1 to slotCount, 2, got 3')
  expect(() => start(1, { slotCount: 0 })).toThrow('slotCount must be a whole number from 1 to 1000, got 0')
  expect(() => start(1, { safeRatio: 0 })).toThrow('safeRatio must be above 0 and at most 1, got 0')
  const resources = [{ resourceId: SHARD, capacityBytesPerSecond: 3 }]
  expect(() => start(1, { resources })).toThrow('Cannot share shard-1: capacityBytesPerSecond must be a whole number')
})
