import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** Two tabs of which the first works, fetching. */
async function twoTabs() {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  device.forgetHistory()
  for (let at = 1; at <= 40; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal()]
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.forget()
  const working = device.open()
  const other = device.open()
  working.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 6)
  return { device, working, other }
}

test('switched off in the tab that only looks on, the one that works stops, and whoever comes after it stays off (C9)', async () => {
  const { device, working, other } = await twoTabs()
  other.setMode('off')
  await device.until(() => working.progress.state === 'off')
  const fetchedCount = device.server.fetchedIds.length
  await working.stop()
  other.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(device.server.fetchedIds.length).toBe(fetchedCount)
  expect(fetchedCount).toBeLessThan(12)
})

test('cancelled in the tab that only looks on, the one that works gives up (C9)', async () => {
  const { device, working, other } = await twoTabs()
  other.cancel()
  await device.until(() => working.progress.state === 'declined')
  expect(device.server.fetchedIds.length).toBeLessThan(12)
})
