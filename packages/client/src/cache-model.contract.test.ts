import 'fake-indexeddb/auto'
import { ALL_ORDINALS } from '@tidegate/protocol'
import fc from 'fast-check'
import { deleteDB } from 'idb'
import { test } from 'vitest'
import { type CacheFixture, type CacheStep, type ModelItem, playAgainstModel, runCacheCase } from './cache-contract.ts'
import { openIdbCache } from './idb.ts'
import { MemoryDisk, memoryCache } from './memory.ts'

const modelItems: fc.Arbitrary<ModelItem> = fc.record({
  name: fc.nat(20),
  ordinal: fc.nat(300),
  content: fc.nat(2),
  payloadBytes: fc.nat(1000),
})
const items = fc.record({
  upserts: fc.array(modelItems, { maxLength: 8 }),
  unchanged: fc.array(modelItems, { maxLength: 4 }),
  deletes: fc.array(fc.nat(20), { maxLength: 4 }),
})
const steps: fc.Arbitrary<CacheStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('changes'), items, isInStep: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('page'), items }) },
  fc.record({
    kind: fc.constant('move-cursor'),
    by: fc.integer({ min: -4, max: 4 }),
    evenBackwards: fc.boolean(),
    isInStep: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('adopt-scheme'), name: fc.constantFrom('sea', 'lake') }),
  fc.record({ kind: fc.constantFrom('stage', 'drop'), write: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('attempt', 'complete', 'set-aside'), signal: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('clear-attempt', 'reconsider', 'reload') }),
)
const ranges = fc.array(
  fc
    .tuple(fc.nat(300), fc.nat(300))
    .map(([fromOrdinal, width]) => ({ fromOrdinal, toOrdinal: fromOrdinal + 1 + width })),
  { maxLength: 4 },
)

let fixtureCount = 0

const KINDS: Record<string, () => CacheFixture> = {
  memory: () => {
    const disk = new MemoryDisk()
    return { open: async () => memoryCache({ disk }), destroy: async () => {} }
  },
  IndexedDB: () => {
    fixtureCount += 1
    const name = `model-${fixtureCount}`
    return { open: () => openIdbCache({ name }), destroy: () => deleteDB(`tidegate-${name}`) }
  },
}

for (const [kind, makeFixture] of Object.entries(KINDS))
  test(`whatever is done to it, a cache in ${kind} is what a plain map would be (C1, C3, C5, C8)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 25 }), ranges, async (life, asked) => {
        const name = 'a random life'
        const run = (fixture: CacheFixture) => playAgainstModel(fixture, life, [ALL_ORDINALS, ...asked])
        await runCacheCase({ name, run }, makeFixture)
      }),
      { numRuns: kind === 'memory' ? 150 : 60 },
    )
  })
