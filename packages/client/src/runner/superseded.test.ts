import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

const CHANGED_COUNT = 50
const TURN_MS = 60_000

/** A loaded cache in which 50 items differ from the server, and a guard that lets it draw slowly. */
async function differing(notBeforeInMs = 0) {
  const device = new PretendDevice()
  await (await device.loaded(200)).stop()
  device.forgetHistory()
  for (let at = 1; at <= CHANGED_COUNT; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal({ notBeforeInMs })]
  device.server.validForMs = 1_000
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.forget()
  return device
}

test('a client under way when its signal is superseded stops consistent, and goes on in its turn with what is left', async () => {
  const device = await differing()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= 6)
  device.server.signals = [aSignal({ signalId: 'signal-2', notBeforeInMs: TURN_MS })]
  await device.until(() => tidegate.progress.state === 'waiting' && tidegate.progress.waitingFor === 'turn')
  const before = device.server.fetchedIds.length
  expect(before).toBeLessThan(14)
  device.server.signals = [aSignal({ signalId: 'signal-2' })]
  await device.untilEnded(tidegate, 'resynced', 'signal-2')
  expect(device.server.fetchedIds.toSorted()).toEqual([...new Set(device.server.fetchedIds)].toSorted())
  expect(device.server.fetchedIds).toHaveLength(CHANGED_COUNT)
  expect(device.server.reports.map(({ signalId, outcome }) => `${signalId} ${outcome}`)).toContain('signal-1 stopped')
})

test('a client that completed what was superseded compares the new one, and fetches nothing', async () => {
  const device = await differing()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  device.server.signals = [aSignal({ signalId: 'signal-2' })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent', 'signal-2')
  expect(device.server.fetchedIds).toHaveLength(CHANGED_COUNT)
})

test('a longer window moves a waiting client to its later turn: it stops nothing, and asks its person once', async () => {
  const device = await differing(TURN_MS)
  let askedCount = 0
  const tidegate = device.open({
    budget: { unmeteredBytes: 0, meteredBytes: 0 },
    consent: async () => {
      askedCount += 1
      return 'now'
    },
  })
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.state === 'waiting' && tidegate.progress.waitingFor === 'turn')
  const leases = () => device.server.calls.filter(({ name }) => name === 'requestLease').length
  // Its old turn comes; the window is four times as long by now.
  device.server.signals = [aSignal({ notBeforeInMs: 3 * TURN_MS })]
  await device.clock.advance(TURN_MS)
  expect(tidegate.progress).toMatchObject({ state: 'waiting', waitingFor: 'turn' })
  expect(leases()).toBe(0)
  device.server.signals = [aSignal()]
  await device.untilEnded(tidegate, 'resynced')
  expect(askedCount).toBe(1)
  expect(device.server.reports.map(({ outcome }) => outcome)).not.toContain('stopped')
})
