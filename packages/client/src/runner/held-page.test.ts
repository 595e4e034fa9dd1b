import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

test('a page that was drawn is written down at once, not when its rate is paid, so a device that dies does not draw it again (C5)', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(50)
  await first.stop()
  device.forgetHistory()
  for (let at = 1; at <= 20; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 20_000 })
  device.server.signals = [aSignal()]
  // Twenty seconds of rate for each page of five items.
  device.server.grant = { bytesPerSecond: 5_000, termMs: 10_000, pageBytes: 100_000, concurrency: 1 }
  device.forget()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 0)
  await device.clock.advance(100)
  const drawn = device.server.fetchedIds.length
  const held = (await device.cache.list('messages')).filter(({ payload }) => JSON.stringify(payload).includes('v2'))
  expect(drawn).toBeLessThan(20)
  expect(held).toHaveLength(drawn)
  await tidegate.stop()
})
