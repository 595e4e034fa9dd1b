import { expect, test } from 'vitest'
import type { Cache } from './cache.ts'
import { cacheContract, runCacheCase } from './cache-contract.ts'
import { MemoryDisk, memoryCache } from './memory.ts'

type Breach = (cache: Cache, disk: MemoryDisk) => Partial<Cache>

/** Caches with one thing wrong, and a promise that each of them breaks. */
const BREACHES: readonly { readonly name: string; readonly breach: Breach; readonly caughtBy: RegExp }[] = [
  {
    name: 'deletes first and writes later (C1)',
    caughtBy: /shows every item that is in the old state and in the new \(C1\)/,
    breach: (cache) => ({
      applyPage: async (page) => {
        const deletes = [...page.deletes, ...page.upserts.map(({ id }) => id)]
        await cache.applyPage({ ...page, upserts: [], deletes })
        await cache.applyPage(page)
      },
    }),
  },
  {
    name: 'drops pending writes when a signal is complete (C3)',
    caughtBy: /pending writes are kept .* \(C3\)/,
    breach: (cache) => ({
      complete: async (signal) => {
        for (const { writeId } of await cache.pendingWrites()) await cache.dropPending(writeId)
        await cache.complete(signal)
      },
    }),
  },
  {
    name: 'leaves the attempt when a signal is complete (C5)',
    caughtBy: /an attempt is there until .* the signal is complete \(C5\)/,
    breach: (cache) => ({
      complete: async (signal) => {
        const attempt = await cache.attempt()
        await cache.complete(signal)
        await cache.saveAttempt(attempt)
      },
    }),
  },
  {
    name: 'applies changes wherever its cursor is (C9)',
    caughtBy: /exactly one applies them \(C9\)/,
    breach: (cache) => ({ applyChanges: (changes) => cache.applyChanges({ ...changes, fromSeq: null }) }),
  },
  {
    name: 'moves the cursor and keeps the items it was told to delete (C8)',
    caughtBy: /a cache is what a plain map would be/,
    breach: (cache) => ({ applyChanges: (changes) => cache.applyChanges({ ...changes, deletes: [] }) }),
  },
  {
    name: 'gives the digest of everything for any range (C8)',
    caughtBy: /digests of any range .* \(C8\)/,
    breach: (cache) => ({
      digests: async (collection, ranges) => {
        await cache.digests(collection, ranges)
        const { whole } = await cache.state(collection)
        return ranges.map(() => whole)
      },
    }),
  },
  {
    name: 'forgets everything on a reload',
    caughtBy: /a reload keeps everything/,
    breach: () => memoryCache(),
  },
  {
    name: 'tells of a change before it can be read',
    caughtBy: /hear of each commit once, in order/,
    breach: (cache, disk) => ({
      applyPage: async (page) => {
        const deleted = page.deletes
        for (const tell of disk.listeners) tell({ collection: page.collection, upserted: [], deleted })
        await cache.applyPage(page)
      },
    }),
  },
]

for (const { name, breach, caughtBy } of BREACHES)
  test(`the contract catches a cache that ${name}`, async () => {
    const aBrokenFixture = () => {
      const disk = new MemoryDisk()
      const open = async () => {
        const cache = memoryCache({ disk, onListenerError: () => {} })
        return { ...cache, ...breach(cache, disk) }
      }
      return { open, destroy: async () => {} }
    }
    const catching = cacheContract.filter((each) => caughtBy.test(each.name))
    expect(catching).not.toHaveLength(0)
    for (const each of catching) await expect(runCacheCase(each, aBrokenFixture)).rejects.toThrow(/expected/)
  })
