import type { Cache } from '@tidegate/client'
import { CacheError, memoryCache } from '@tidegate/client/memory'
import { expect, test, vi } from 'vitest'
import { emptyDraft } from '../core/draft.ts'
import { openDraftStore } from './draft-store.ts'

test('a draft that the device has no room for says so, and is kept as soon as there is room (C3)', async () => {
  vi.useFakeTimers()
  const held = memoryCache()
  let isFull = true
  const stage: Cache['stage'] = (write) =>
    isFull ? Promise.reject(new CacheError('quota', 'Cannot write to the cache: no room')) : held.stage(write)
  const store = openDraftStore({ ...held, stage }, { tabs: null, onError: () => {} })
  const draft = { ...emptyDraft('draft-1', 0), text: 'Dear harbour master' }
  store.save(draft)
  await vi.advanceTimersByTimeAsync(10_000)
  expect([...store.snapshot().refusedIds]).toEqual(['draft-1'])
  expect([...store.snapshot().unsavedIds]).toEqual(['draft-1'])
  isFull = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(store.snapshot()).toMatchObject({ refusedIds: new Set(), unsavedIds: new Set() })
  expect(await held.pendingWrites()).toMatchObject([{ writeId: 'draft-1', payload: { text: draft.text } }])
  vi.useRealTimers()
})

test('a draft written in a tab whose cache is gone is not said to be on its way to the disk', async () => {
  const cache = memoryCache()
  const store = openDraftStore(cache, { tabs: null, onError: () => {} })
  await cache.close()
  const draft = { ...emptyDraft('draft-1', 0), text: 'Dear harbour master' }
  store.save(draft)
  await vi.waitFor(() => expect(store.snapshot()).toMatchObject({ isCacheGone: true, drafts: [draft] }))
  expect([...store.snapshot().unsavedIds]).toEqual(['draft-1'])
})
