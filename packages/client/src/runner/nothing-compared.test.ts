import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

const NOTES_ONLY = { kind: 'collections', collections: [{ collection: 'notes' }] }
const ELSEWHERE = { kind: 'collections', collections: [{ collection: 'calendar' }] }

/** A client whose messages are loaded and whose notes never were. */
async function halfLoaded() {
  const device = new PretendDevice(['messages', 'notes'])
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v1' })
  device.server.put('notes', 'notes-1', { ordinal: 1, text: 'v1' })
  const tidegate = device.open()
  const load = tidegate.firstLoad(['messages'])
  await device.clock.advance(10_000)
  await load
  device.forget()
  return { device, tidegate }
}

test.each([
  ['is about what was never loaded', NOTES_ONLY],
  ['is about what this app does not have', ELSEWHERE],
])('a signal that %s is done without a word, because nothing was compared', async (_what, scope) => {
  const { device, tidegate } = await halfLoaded()
  device.server.signals = [aSignal({ scope })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await device.clock.advance(10_000)
  expect(device.server.reports).toEqual([])
  expect(await device.cache.completed()).toMatchObject([{ signalId: 'signal-1' }])
  expect(tidegate.progress).toMatchObject({ state: 'current', result: { asOf: {} } })
})

test('of two signals in one resync, only the one that something was compared for is reported', async () => {
  const { device, tidegate } = await halfLoaded()
  device.server.signals = [aSignal({ scope: NOTES_ONLY }), aSignal({ signalId: 'signal-2' })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await device.clock.advance(10_000)
  expect(device.server.reports.map(({ signalId, outcome }) => `${signalId} ${outcome}`)).toEqual([
    'signal-2 consistent',
  ])
  expect(await device.cache.completed()).toHaveLength(2)
})
