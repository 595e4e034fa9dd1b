import type { Cache } from '@tidegate/client'
import { abortIdbAtWrite, cacheContract, runCacheCase } from '@tidegate/client/cache-contract'
import { CacheError, openIdbCache } from '@tidegate/client/idb'
import { DIGEST_ALGORITHM, Item } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { deleteDB } from 'idb'

// What the test calls in the page: the cache contract, case by case, and a first load to be timed.

const SCHEME = { algorithm: DIGEST_ALGORITHM, saltId: 'sea', salt: 'salt of the sea' }

let fixtureCount = 0

function aFixture() {
  fixtureCount += 1
  const name = `contract-${fixtureCount}`
  return {
    open: () => openIdbCache({ name, onListenerError: () => {} }),
    failAtWrite: abortIdbAtWrite,
    destroy: () => deleteDB(`tidegate-${name}`),
  }
}

interface CachePage {
  /** @returns 'passed', 'skipped', or what the case found broken */
  run(caseName: string): Promise<string>
  /** Milliseconds for a first load of `itemCount` mails in pages of 500, and for reading them. For people, not for judging. */
  time(itemCount: number): Promise<Record<string, number>>
  /** Opens the cache `shared` in this tab and listens. */
  listen(): Promise<void>
  /** How many changes `listen` has heard of. */
  heardCount(): number
  /** Writes a mail of `payloadBytes` to `shared`. @returns 'written', or the kind of the `CacheError` */
  write(ordinal: number, payloadBytes: number): Promise<string>
  /** @returns ordinals of the mails in `shared` */
  ordinals(): Promise<number[]>
}

const shared: { cache?: Promise<Cache>; heardCount: number } = { heardCount: 0 }

function sharedCache(): Promise<Cache> {
  shared.cache ??= openIdbCache({ name: 'shared' })
  return shared.cache
}

const inPage: CachePage = {
  async run(caseName) {
    const each = cacheContract.find(({ name }) => name === caseName)
    if (!each) return 'no such case in the page'
    try {
      return await runCacheCase(each, aFixture)
    } catch (error) {
      return String(error)
    }
  },

  async time(itemCount) {
    const cache = await openIdbCache({ name: 'timed' })
    await cache.adoptScheme('mail', SCHEME)
    const items = Array.from({ length: itemCount }, (_, at) => aMail(at + 1))
    const took: Record<string, number> = {}
    const timed = async (what: string, work: () => Promise<unknown>) => {
      const fromMs = performance.now()
      await work()
      took[what] = Math.round(performance.now() - fromMs)
    }
    await timed('load', async () => {
      for (let at = 0; at < items.length; at += 500)
        await cache.applyPage({ collection: 'mail', upserts: items.slice(at, at + 500), unchanged: [], deletes: [] })
    })
    await timed('listAll', () => cache.list('mail'))
    await timed('listNewest100', () => cache.list('mail', { limit: 100 }))
    const ranges = Array.from({ length: 16 }, (_, at) => ({ fromOrdinal: at * 640 + 1, toOrdinal: at * 640 + 641 }))
    await timed('digestsOf16Ranges', () => cache.digests('mail', ranges))
    await timed('adoptScheme', () => cache.adoptScheme('mail', { ...SCHEME, saltId: 'lake', salt: 'salt of the lake' }))
    await cache.close()
    await deleteDB('tidegate-timed')
    return took
  },

  async listen() {
    const cache = await sharedCache()
    cache.subscribe('mail', () => {
      shared.heardCount += 1
    })
  },

  heardCount: () => shared.heardCount,

  async write(ordinal, payloadBytes) {
    const cache = await sharedCache()
    const item = { ...aMail(ordinal), payload: randomText(payloadBytes) }
    try {
      await cache.applyPage({ collection: 'mail', upserts: [item], unchanged: [], deletes: [] })
      return 'written'
    } catch (error) {
      return error instanceof CacheError ? error.kind : String(error)
    }
  },

  async ordinals() {
    const items = await (await sharedCache()).list('mail', { order: 'oldest' })
    return items.map(({ ordinal }) => ordinal)
  },
}

function aMail(ordinal: number): Item {
  const id = `6c1f0c9e-0000-4000-8000-${String(ordinal).padStart(12, '0')}`
  const contentHash = `hash-${ordinal}`.padEnd(44, '.')
  const payload = { subject: `Mail ${ordinal}`, from: 'somebody@example.org', preview: 'x'.repeat(300) }
  return Item.parse({ id, ordinal, revision: 1, contentHash, payloadBytes: 400, payload })
}

/** Text that does not compress: a browser counts what it stores, not what it was given. */
function randomText(length: number): string {
  const random = pretendRandom(length)
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join('')
}

declare global {
  var cachePage: CachePage
}

globalThis.cachePage = inPage
