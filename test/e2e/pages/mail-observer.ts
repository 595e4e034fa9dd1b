import './zod-without-eval.ts'
import type { Cache, CachedItem, Progress } from '@tidegate/client'
import { openIdbCache } from '@tidegate/client/idb'
import { ALL_ORDINALS, DIGEST_ALGORITHM, digestOf, type ItemHead, ItemId, isEqualDigest } from '@tidegate/protocol'
import { openDB } from 'idb'
import { z } from 'zod'

// Runs in the mail page beside the app: opens the app's cache a second time, hears what other tabs would hear, and can
// make the cache wrong the way a faulty client would, behind the app's back.

/** What the cache showed when a listener of `subscribe` was called. */
export interface Sight {
  readonly collection: string
  /** Milliseconds since 1970 when the cache was read to its end. */
  readonly seenAtMs: number
  readonly itemCount: number
  /** Of the items that are watched for: those that were not there to be read, payload and all. */
  readonly missingIds: readonly string[]
}

export interface MailObserver {
  /** From now on every notification of a commit is answered by reading the collection whole. */
  watch(accountId: string): Promise<void>
  /** What was seen, once all reading that was begun has come to its end. */
  sights(): Promise<readonly Sight[]>
  /** Everything the client told about itself since `watch`, oldest first. */
  progress(): readonly Progress[]
  list(accountId: string, collection: string): Promise<readonly CachedItem[]>
  cursor(accountId: string, collection: string): Promise<number | null>
  /** Whether the digests that the cache keeps, whole and by range, are those of the items it holds. */
  areDigestsTrue(accountId: string, collection: string): Promise<boolean>
  /** Items are lost from the cache without a trace, as by a bug in an app's storage. */
  lose(accountId: string, collection: string, ids: readonly string[]): Promise<void>
  /** The digests are worked out with another salt, as if the server's had changed since. */
  changeSalt(accountId: string): Promise<void>
  /** The cursor moves on without what it passed, as by an app that takes changes for applied when they were not. */
  skipTo(accountId: string, collection: string, seq: number): Promise<void>
}

const watched = new Map<string, ReadonlySet<string>>()
const reading: Promise<Sight>[] = []
const told: Progress[] = []
const caches = new Map<string, Promise<Cache>>()

function cacheOf(accountId: string): Promise<Cache> {
  const open = caches.get(accountId) ?? openIdbCache({ name: accountId })
  caches.set(accountId, open)
  return open
}

async function sight(cache: Cache, collection: string): Promise<Sight> {
  const items = await cache.list(collection)
  const shown = new Set<string>(items.filter(({ payload }) => payload !== undefined).map(({ id }) => id))
  const missingIds = [...(watched.get(collection) ?? [])].filter((id) => !shown.has(id))
  return { collection, seenAtMs: performance.timeOrigin + performance.now(), itemCount: items.length, missingIds }
}

const observer: MailObserver = {
  async watch(accountId) {
    const cache = await cacheOf(accountId)
    for (const collection of ['messages', 'bodies']) {
      watched.set(collection, new Set((await cache.heads(collection, ALL_ORDINALS)).map(({ id }) => id)))
      cache.subscribe(collection, () => {
        reading.push(sight(cache, collection))
      })
    }
    const installation = await openDB('tidegate-mail')
    const clientId = z.string().parse(await installation.get('kept', `client-id ${accountId}`))
    installation.close()
    new BroadcastChannel(`tidegate:${accountId}:${clientId}`).onmessage = ({ data }) => {
      if (data.kind === 'progress') told.push(data.progress)
    }
  },
  sights: () => Promise.all(reading),
  progress: () => told,
  list: async (accountId, collection) => (await cacheOf(accountId)).list(collection),
  cursor: async (accountId, collection) => (await (await cacheOf(accountId)).state(collection)).cursor,

  async areDigestsTrue(accountId, collection) {
    const cache = await cacheOf(accountId)
    const { scheme, whole } = await cache.state(collection)
    if (scheme === null) return false
    const heads = await cache.heads(collection, ALL_ORDINALS)
    const highest = Math.max(0, ...heads.map(({ ordinal }) => ordinal))
    const ranges = Array.from({ length: Math.ceil((highest + 1) / 64) }, (_, at) => ({
      fromOrdinal: at * 64,
      toOrdinal: (at + 1) * 64,
    }))
    const within = (range: { fromOrdinal: number; toOrdinal: number }): ItemHead[] =>
      heads.filter(({ ordinal }) => ordinal >= range.fromOrdinal && ordinal < range.toOrdinal)
    const kept = await cache.digests(collection, ranges)
    return (
      isEqualDigest(whole, digestOf(scheme, collection, heads)) &&
      kept.every((digest, at) =>
        isEqualDigest(digest, digestOf(scheme, collection, within(ranges[at] ?? ALL_ORDINALS))),
      )
    )
  },

  async lose(accountId, collection, ids) {
    const deletes = ids.map((id) => ItemId.parse(id))
    await (await cacheOf(accountId)).applyPage({ collection, upserts: [], unchanged: [], deletes })
  },

  async changeSalt(accountId) {
    const cache = await cacheOf(accountId)
    const scheme = { algorithm: DIGEST_ALGORITHM, saltId: 'another', salt: 'another salt' }
    for (const collection of ['messages', 'bodies']) await cache.adoptScheme(collection, scheme)
  },

  async skipTo(accountId, collection, seq) {
    await (await cacheOf(accountId)).moveCursor(collection, seq)
  },
}

declare global {
  var mailObserver: MailObserver
}

globalThis.mailObserver = observer
