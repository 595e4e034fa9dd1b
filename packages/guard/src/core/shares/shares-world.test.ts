import { expect, test } from 'vitest'
import { LEASE_USABLE_MS, SAFE_USABLE_MS } from './node-shares.ts'
import { SAFE_TERM_MS, SHARE_TERM_MS } from './share-terms.ts'
import { CAPACITY_UNITS, SAFE_RATIO, SharesWorld, type WorldProcess } from './testing/shares-world.ts'

const SLOT_COUNT = 8

function aWorld(options: { isFirst?: boolean; nodeCount?: number } = {}): SharesWorld {
  const { isFirst = true, nodeCount = SLOT_COUNT } = options
  const world = new SharesWorld({ storeRate: 1, isFirst, nextFate: () => ({ askMs: 2, answerMs: 2 }) })
  for (let slot = 1; slot <= nodeCount; slot++) world.start({ slot, slotCount: SLOT_COUNT, clockRate: 1 })
  return world
}

function sumOf(world: SharesWorld): number {
  return world.processes.reduce((sum, process) => sum + world.unitsOf(process), 0)
}

function at(world: SharesWorld, index: number): WorldProcess {
  return world.processes[index] ?? expect.fail()
}

test('eight nodes that all have work share the whole capacity evenly', () => {
  const world = aWorld()
  world.advance(5_000)
  expect(world.processes.map((process) => world.unitsOf(process))).toEqual(Array(SLOT_COUNT).fill(125))
})

test('however unevenly work is spread, at least nine tenths are at nodes that have it, and move within two terms', () => {
  const world = aWorld()
  for (const [index, process] of world.processes.entries()) process.demandUnits = index < 2 ? CAPACITY_UNITS : 5
  world.advance(2 * SHARE_TERM_MS)
  const busy = () => world.processes.filter(({ demandUnits }) => demandUnits === CAPACITY_UNITS)
  // The rest is the safe shares of those that have no work.
  const most = CAPACITY_UNITS * (1 - (SAFE_RATIO * (SLOT_COUNT - 2)) / SLOT_COUNT)
  expect(busy().reduce((sum, process) => sum + world.unitsOf(process), 0)).toBeGreaterThanOrEqual(most - SLOT_COUNT)

  for (const process of world.processes) process.demandUnits = CAPACITY_UNITS
  world.advance(2 * SHARE_TERM_MS)
  expect(Math.min(...world.processes.map((process) => world.unitsOf(process)))).toBeGreaterThanOrEqual(124)
  expect(sumOf(world)).toBeGreaterThanOrEqual(0.9 * CAPACITY_UNITS)
})

test('G8: with the store gone, leases run out and every node goes on with its safe share, for as long as that lasts', () => {
  const world = aWorld()
  world.advance(5_000)
  world.storeIsUp = false
  world.advance(LEASE_USABLE_MS)
  expect(world.processes.map((process) => world.kindOf(process))).toEqual(Array(SLOT_COUNT).fill('store-lost'))
  expect(sumOf(world)).toBe(SAFE_RATIO * CAPACITY_UNITS)
  world.advance(SAFE_USABLE_MS - LEASE_USABLE_MS - 3_000)
  expect(sumOf(world)).toBe(SAFE_RATIO * CAPACITY_UNITS)
  world.advance(3_000)
  expect(sumOf(world)).toBe(0)
  world.storeIsUp = true
  world.advance(3 * SHARE_TERM_MS)
  expect(sumOf(world)).toBe(CAPACITY_UNITS)
})

test('a store that answers late, but answers, costs no share', () => {
  const world = new SharesWorld({ storeRate: 1, isFirst: true, nextFate: () => ({ askMs: 100, answerMs: 100 }) })
  for (let slot = 1; slot <= SLOT_COUNT; slot++) world.start({ slot, slotCount: SLOT_COUNT, clockRate: 1 })
  world.advance(2 * SHARE_TERM_MS)
  expect(sumOf(world)).toBe(CAPACITY_UNITS)
})

test('a wiped store learns for a term, in which everybody keeps what it holds', () => {
  const world = aWorld()
  world.advance(5_000)
  world.wipe()
  world.advance(SHARE_TERM_MS / 2)
  expect(world.processes.map((process) => world.kindOf(process))).toEqual(Array(SLOT_COUNT).fill('learning'))
  expect(sumOf(world)).toBe(CAPACITY_UNITS)
  world.advance(SHARE_TERM_MS)
  expect(world.processes.map((process) => world.kindOf(process))).toEqual(Array(SLOT_COUNT).fill('healthy'))
})

test('what a dead node held is divided after a term; its slot waits until its safe share ran out', () => {
  const world = aWorld()
  world.advance(5_000)
  world.kill(at(world, 0))
  const heir = world.start({ slot: 1, slotCount: SLOT_COUNT, clockRate: 1 })
  world.advance(2 * SHARE_TERM_MS)
  expect(world.kindOf(heir)).toBe('no-slot')
  expect(sumOf(world)).toBeGreaterThanOrEqual(0.9 * CAPACITY_UNITS)
  world.advance(SAFE_TERM_MS)
  expect(world.kindOf(heir)).toBe('healthy')
  expect(world.unitsOf(heir)).toBeGreaterThanOrEqual(120)
})

test('a node that leaves frees its slot at once', () => {
  const world = aWorld()
  world.advance(5_000)
  world.leave(at(world, 0))
  const heir = world.start({ slot: 1, slotCount: SLOT_COUNT, clockRate: 1 })
  world.advance(2 * SHARE_TERM_MS)
  expect(world.kindOf(heir)).toBe('healthy')
  expect(sumOf(world)).toBeGreaterThanOrEqual(CAPACITY_UNITS - SLOT_COUNT)
})

test('nobody is given a slot of a store that nobody knows before the safe shares of an older one ran out', () => {
  const world = aWorld({ isFirst: false })
  world.advance(SAFE_TERM_MS - 2_000)
  expect(sumOf(world)).toBe(0)
  world.advance(2 * SHARE_TERM_MS)
  expect(sumOf(world)).toBe(CAPACITY_UNITS)
})

test('of more processes than slots, one of each slot is given a share', () => {
  const world = aWorld()
  for (let slot = 1; slot <= SLOT_COUNT; slot++) world.start({ slot, slotCount: SLOT_COUNT, clockRate: 1 })
  world.advance(2 * SHARE_TERM_MS)
  expect(sumOf(world)).toBe(CAPACITY_UNITS)
  expect(world.processes.filter((process) => world.kindOf(process) === 'healthy')).toHaveLength(SLOT_COUNT)
})

test('the number of slots can be changed node by node', () => {
  const world = new SharesWorld({ storeRate: 1, isFirst: true, nextFate: () => ({ askMs: 2, answerMs: 2 }) })
  for (let slot = 1; slot <= 4; slot++) world.start({ slot, slotCount: 4, clockRate: 1 })
  world.advance(SHARE_TERM_MS)
  for (let slot = 5; slot <= 8; slot++) world.start({ slot, slotCount: 8, clockRate: 1 })
  world.advance(3 * SHARE_TERM_MS)
  for (let slot = 1; slot <= 4; slot++) {
    world.leave(at(world, slot - 1))
    world.start({ slot, slotCount: 8, clockRate: 1 })
    world.advance(3 * SHARE_TERM_MS)
    expect(world.peakUnits).toBeLessThanOrEqual(CAPACITY_UNITS)
  }
  expect(world.processes.slice(4).map((process) => world.unitsOf(process))).toEqual(Array(8).fill(125))
})
