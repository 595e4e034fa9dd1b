import { expect, test } from 'vitest'
import type { Cache } from '../cache.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

test('ordinary sync between comparing and moving the cursor skips no change (C8)', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(100)
  await first.stop()
  device.server.signals = [aSignal()]
  // Two places further on the server holds what it held: equal digests.
  const item = device.server.truth('messages').get('messages-5')
  if (item === undefined) throw new Error('Cannot move an item: it is not there')
  device.server.delete('messages', item.id)
  device.server.put('messages', item.id, { ordinal: 5, text: 'v1-5', revision: item.revision })
  const { cache } = device
  let hasMeddled = false
  /** Just before the cursor is moved, another tab's ordinary sync goes one of the two places on. */
  const moveCursor: Cache['moveCursor'] = async (collection, toSeq, options) => {
    if (!hasMeddled) {
      hasMeddled = true
      const { cursor } = await cache.state(collection)
      if (cursor === null) throw new Error('Cannot sync: nothing is loaded')
      await cache.applyChanges({ collection, upserts: [], deletes: [item.id], fromSeq: cursor, toSeq: cursor + 1 })
    }
    return cache.moveCursor(collection, toSeq, options)
  }
  const tidegate = device.open({ cache: { ...cache, moveCursor } })
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.result !== null)
  expect(hasMeddled).toBe(true)
  expect(tidegate.progress.result?.outcome).toBe('resynced')
  expect(await device.held()).toEqual(device.truth())
})
