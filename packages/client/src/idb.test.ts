import 'fake-indexeddb/auto'
import { Item } from '@tidegate/protocol'
import { deleteDB, openDB } from 'idb'
import { afterEach, expect, test, vi } from 'vitest'
import { LAYOUT_VERSION } from './edge/idb/layout.ts'
import { openLayout } from './edge/idb/open-layout.ts'
import { openIdbCache } from './idb.ts'

let cacheCount = 0

async function aCache() {
  cacheCount += 1
  const name = `cache-${cacheCount}`
  const cache = await openIdbCache({ name })
  return { cache, databaseName: `tidegate-${name}`, name, [Symbol.asyncDispose]: () => cache.close() }
}

const ITEM = Item.parse({
  id: 'mail-1',
  ordinal: 1,
  revision: 1,
  contentHash: 'hash-1',
  payloadBytes: 5,
  payload: 'hello',
})
const PAGE = { collection: 'mail', upserts: [ITEM], unchanged: [], deletes: [] }

afterEach(() => vi.restoreAllMocks())

test('a cache that a newer app wrote is refused and left as it is, never wiped (C1)', async () => {
  const { cache, name, databaseName } = await aCache()
  await cache.applyPage(PAGE)
  await cache.close()
  const newer = await openDB(databaseName, 99)
  newer.close()
  await expect(openIdbCache({ name })).rejects.toMatchObject({ name: 'CacheError', kind: 'newer-layout' })
  const still = await openDB(databaseName)
  expect(await still.getAll('payloads')).toEqual(['hello'])
  still.close()
})

test('a tab lets go of its cache when a newer app wants to upgrade it, and says so from then on', async () => {
  await using old = await aCache()
  const writing = old.cache.applyPage(PAGE)
  const newer = await openDB(old.databaseName, 99)
  expect(await newer.getAll('payloads')).toEqual(['hello'])
  newer.close()
  await writing
  await expect(old.cache.get('mail', 'mail-1')).rejects.toMatchObject({ kind: 'upgraded-elsewhere' })
})

test('a tab lets go of its cache when somebody deletes it', async () => {
  await using a = await aCache()
  await deleteDB(a.databaseName)
  await expect(a.cache.pendingWrites()).rejects.toMatchObject({ kind: 'closed' })
})

test('a cache that an older tab does not let go of is refused, and opens once that tab is gone', async () => {
  await using a = await aCache()
  await a.cache.close()
  const deaf = await openDB(a.databaseName) // does not listen to `versionchange`
  const opening = openLayout(a.databaseName, () => {}, LAYOUT_VERSION + 1)
  await expect(opening).rejects.toMatchObject({ name: 'CacheError', kind: 'blocked' })
  deaf.close()
  const opened = await openLayout(a.databaseName, () => {}, LAYOUT_VERSION + 1)
  expect(opened.version).toBe(LAYOUT_VERSION + 1)
  opened.close()
})

test('a full device is told as such, and the cache keeps what it had (C1)', async () => {
  await using a = await aCache()
  await a.cache.applyPage(PAGE)
  const isFull = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError')
  })
  const bigger = { ...PAGE, upserts: [{ ...ITEM, payload: 'more' }], deletes: [] }
  await expect(a.cache.applyPage(bigger)).rejects.toMatchObject({ name: 'CacheError', kind: 'quota' })
  isFull.mockRestore()
  expect(await a.cache.get('mail', 'mail-1')).toEqual(ITEM)
})

test('a record that is not what was written is told, not believed', async () => {
  await using a = await aCache()
  await a.cache.applyPage(PAGE)
  const database = await openDB(a.databaseName)
  await database.put('heads', { collection: 'mail', id: 'mail-1', ordinal: 'one' })
  database.close()
  await expect(a.cache.get('mail', 'mail-1')).rejects.toMatchObject({ kind: 'damaged' })
})

test('drafts and attempts wait for the disk, pages do not', async () => {
  await using a = await aCache()
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
  await a.cache.applyPage(PAGE)
  await a.cache.stage({ writeId: 'draft', collection: 'mail', payload: 'Dear …' })
  await a.cache.saveAttempt(null)
  const asked = transaction.mock.calls.map(([stores, mode, options]) => [[stores].flat()[0], mode, options?.durability])
  expect(asked).toEqual([
    ['heads', 'readwrite', 'relaxed'],
    ['pending', 'readwrite', 'strict'],
    ['resync', 'readwrite', 'strict'],
  ])
})

test('what another tab says that is no change is passed over', async () => {
  await using a = await aCache()
  const told: unknown[] = []
  a.cache.subscribe('mail', (change) => told.push(change))
  const stranger = new BroadcastChannel(a.databaseName)
  stranger.postMessage({ collection: 'mail' })
  stranger.postMessage({ collection: 'mail', upserted: ['mail-1'], deleted: [] })
  await vi.waitFor(() => expect(told).toHaveLength(1))
  stranger.close()
})
