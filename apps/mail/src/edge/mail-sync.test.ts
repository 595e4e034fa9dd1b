import { FirstLoadEnded, type Tidegate } from '@tidegate/client'
import { memoryCache } from '@tidegate/client/memory'
import { expect, test, vi } from 'vitest'
import { startMailSync } from './mail-sync.ts'

test('a first load that cannot go on is left to the person, and begun again when they say so', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('addEventListener', () => {})
  const firstLoad = vi.fn(() => Promise.reject(new FirstLoadEnded('failed')))
  // One that asks without a pause is let down after a while, or this test would not end.
  const fetch = vi.fn(() =>
    fetch.mock.calls.length > 50 ? new Promise<never>(() => {}) : Promise.resolve(new Response('{}')),
  )
  const tidegate: Partial<Tidegate> = { fetch, firstLoad }
  const sync = startMailSync({ tidegate: tidegate as Tidegate, cache: memoryCache(), collections: ['messages'] }) // it uses no more of it
  await vi.advanceTimersByTimeAsync(60_000)
  expect(firstLoad).toHaveBeenCalledTimes(1)
  // The first request, the one after the load, and one every 15 s.
  expect(fetch.mock.calls.length).toBeLessThanOrEqual(6)
  sync.loadAgain()
  await vi.advanceTimersByTimeAsync(0)
  expect(firstLoad).toHaveBeenCalledTimes(2)
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a tab whose cache is gone says so, and not that the server does not answer, whatever the server says', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('addEventListener', () => {})
  const cache = memoryCache()
  const tidegate: Partial<Tidegate> = { fetch: () => Promise.resolve(new Response('{}', { status: 401 })) }
  const sync = startMailSync({ tidegate: tidegate as Tidegate, cache, collections: ['messages'] }) // it uses no more of it
  await vi.advanceTimersByTimeAsync(0)
  expect(sync.state().problem).toBe('signed-out')
  await cache.close()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(sync.state().problem).toBe('cache-gone')
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
