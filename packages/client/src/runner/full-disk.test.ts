import { expect, test } from 'vitest'
import type { Cache } from '../cache.ts'
import { CacheError } from '../core/cache-error.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

const RESYNC_RECORDS: readonly PropertyKey[] = ['saveAttempt', 'complete', 'setAside'] satisfies (keyof Cache)[]

/** The device's cache, which the browser gives no room for records of resyncs while `isFull` says so. */
function fullCache(device: PretendDevice, isFull: () => boolean): Cache {
  return new Proxy(device.cache, {
    get: (target, name) =>
      RESYNC_RECORDS.includes(name) && isFull()
        ? () => Promise.reject(new CacheError('quota', 'Cannot write the cache: no room is left'))
        : Reflect.get(target, name),
  })
}

test('a first load that finds no room is told to whoever waits for it, and what is held stays', async () => {
  const device = new PretendDevice()
  device.server.put('messages', 'messages-1', { ordinal: 1, text: 'v1' })
  const tidegate = device.open({ cache: fullCache(device, () => true) })
  let ended: unknown = null
  const load = tidegate.firstLoad().catch((error: unknown) => {
    ended = error
  })
  await device.until(() => ended !== null, 'the end of the first load')
  await load
  expect(ended).toMatchObject({ name: 'FirstLoadEnded', outcome: 'failed' })
  expect(tidegate.progress).toMatchObject({ state: 'stuck', result: { outcome: 'failed' } })
  expect(tidegate.progress.problem).toBe('Cannot write the cache: no room is left')
})

test('a resync that finds no room ends stuck and says so, keeps the cache, and is tried again once there is room', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(100)
  await first.stop()
  device.forgetHistory()
  const before = await device.held()
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2' })
  device.server.signals = [aSignal()]
  let isFull = true
  const tidegate = device.open({ cache: fullCache(device, () => isFull) })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'failed')
  expect(tidegate.progress.state).toBe('stuck')
  expect(await device.held()).toEqual(before)
  isFull = false
  tidegate.reconsider()
  await device.untilEnded(tidegate, 'resynced')
  expect(await device.held()).toEqual(device.truth())
})

test('a resync whose end finds no room is told as proven, and done again by the next life', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(100)
  await first.stop()
  device.server.signals = [aSignal()]
  let hasBegun = false
  const tidegate = device.open({ cache: fullCache(device, () => hasBegun) })
  tidegate.subscribe(({ state }) => {
    if (state === 'comparing') hasBegun = true
  })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await tidegate.stop()
  const next = device.open()
  next.notice(device.server.tag)
  await device.untilEnded(next, 'consistent')
  expect(await device.cache.completed()).toHaveLength(1)
})
