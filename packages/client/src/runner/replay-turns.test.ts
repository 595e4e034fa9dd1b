import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** A client that was away while twenty mails changed, on a network whose calls take as long as `delayMs` says. */
async function behind(delayMs: (call: string) => number) {
  const device = new PretendDevice()
  const tidegate = await device.loaded(100)
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: `v2-${at}` })
  device.server.signals = [aSignal()]
  device.server.onCall = (call) => device.clock.sleep(delayMs(call), new AbortController().signal)
  device.forget()
  return { device, tidegate }
}

test.each([
  ['as fast as each other', () => 50],
  ['pages are slow', (call: string) => (call === 'fetch' ? 500 : 50)],
  ['the question is slow', (call: string) => (call === 'inForce' ? 500 : 50)],
  ['changes are slow', (call: string) => (call === 'changesSince' ? 500 : 50)],
])('a signal and ordinary sync at the same moment bring each change once: %s', async (_what, delayMs) => {
  const { device, tidegate } = await behind(delayMs)
  tidegate.notice(device.server.tag)
  const synced = tidegate.sync()
  await device.until(() => tidegate.progress.result?.signalIds.includes('signal-1') ?? false)
  await device.clock.advance(2_000)
  expect(await synced).toMatchObject([{ outcome: 'in-step' }])
  expect(device.server.fetchedIds).toHaveLength(20)
  expect(await device.held()).toEqual(device.truth())
})

test('ordinary sync that comes while a resync catches up waits for it, and brings nothing twice', async () => {
  const { device, tidegate } = await behind(() => 200)
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.state === 'catchingUp')
  const synced = tidegate.sync()
  await device.until(() => tidegate.progress.state === 'current')
  await device.clock.advance(2_000)
  expect(await synced).toMatchObject([{ outcome: 'in-step', fetchedBytes: 0 }])
  expect(device.server.fetchedIds).toHaveLength(20)
})
