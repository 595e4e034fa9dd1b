import { SignalId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { memoryLocks } from '../edge/locks.ts'
import { PretendDevice, pretendChannels } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { Mortal } from '../testing-model/mortal.ts'

const MESSAGES_ONLY = { kind: 'collections', collections: [{ collection: 'messages' }] }
const NOTES_ONLY = { kind: 'collections', collections: [{ collection: 'notes' }] }
const ONE = aSignal({ scope: MESSAGES_ONLY })
const OTHER = aSignal({ signalId: 'signal-2', scope: NOTES_ONLY })

/** Two loaded collections that differ from the server in 20 items each. */
async function differing() {
  const device = new PretendDevice(['messages', 'notes'])
  const first = await device.loaded(100)
  await first.stop()
  device.forgetHistory()
  for (const collection of ['messages', 'notes'])
    for (let at = 1; at <= 20; at++)
      device.server.put(collection, `${collection}-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.forget()
  return device
}

/** One life of the app that dies with its first page, or comes to rest, and what it came to. */
async function shortLife(device: PretendDevice): Promise<string> {
  const mortal = new Mortal()
  const tidegate = device.open({
    api: mortal.api(device.server.api),
    cache: mortal.cache(device.cache),
    locks: memoryLocks(),
    channel: pretendChannels()(),
  })
  let died = ''
  tidegate.subscribe(({ state }) => {
    if (state !== 'fetching') return
    died = state
    mortal.die()
  })
  tidegate.notice(device.server.tag)
  await device.clock.advance(3_000)
  mortal.die()
  return died === '' ? tidegate.progress.state : died
}

test('a signal that got stuck does not keep a later one from its resync, in this life and the next (C5)', async () => {
  const device = await differing()
  let isFull = true
  const cache = new Proxy(device.cache, {
    get: (target, name) =>
      name === 'applyPage' && isFull ? () => Promise.reject(new Error('disk full')) : Reflect.get(target, name),
  })
  device.server.signals = [ONE]
  const tidegate = device.open({ cache })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'failed')
  isFull = false
  device.server.signals = [ONE, OTHER]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced', 'signal-2')
  expect(tidegate.progress).toMatchObject({ state: 'stuck', result: { signalIds: ['signal-2'] } })
  expect(await device.held('notes')).toEqual(device.truth('notes'))
  await tidegate.stop()

  const next = device.open()
  next.notice(device.server.tag)
  await device.until(() => next.progress.state === 'stuck', 'still stuck after a restart')
  next.reconsider()
  await device.untilEnded(next, 'resynced')
  expect(await device.held()).toEqual(device.truth())
  expect(await device.cache.setAsideSignals()).toEqual([])
})

test('a crash loop over several signals ends, and each that looped is set aside by itself (C5)', async () => {
  const device = await differing()
  device.server.signals = [ONE, OTHER]
  const ends: string[] = []
  for (let life = 1; life <= 14; life++) {
    device.server.signals.reverse()
    ends.push(await shortLife(device))
  }
  expect(ends.filter((end) => end === 'fetching')).toHaveLength(10)
  expect(ends.slice(10)).toEqual(['stuck', 'stuck', 'stuck', 'stuck'])
  const aside = await device.cache.setAsideSignals()
  expect(aside.map(({ signalId }) => signalId).toSorted()).toEqual(['signal-1', 'signal-2'])
})

test('a signal that comes while another one loops has attempts of its own (C5)', async () => {
  const device = await differing()
  device.server.signals = [ONE]
  for (let life = 1; life <= 5; life++) expect(await shortLife(device)).toBe('fetching')
  device.server.signals = [ONE, OTHER]
  const tidegate = device.open({ locks: memoryLocks(), channel: pretendChannels()() })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced', 'signal-2')
  expect(await device.cache.setAsideSignals()).toEqual([
    { signalId: SignalId.parse('signal-1'), version: 1, why: 'stuck' },
  ])
  await device.clock.advance(10_000)
  expect(device.server.reports.map(({ signalId, outcome }) => `${signalId} ${outcome}`)).toContain('signal-1 failed')
})

test('what was declined stays declined over another resync and a restart, until the app reconsiders', async () => {
  const device = await differing()
  device.server.signals = [ONE]
  const tidegate = device.open({ budget: { unmeteredBytes: 0, meteredBytes: 0 }, consent: async () => 'not-now' })
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.state === 'declined')
  await tidegate.stop()
  device.server.signals = [ONE, OTHER]
  const second = device.open()
  second.notice(device.server.tag)
  await device.untilEnded(second, 'resynced', 'signal-2')
  expect(second.progress.state).toBe('declined')
  await second.stop()
  const third = device.open()
  third.notice(device.server.tag)
  await device.until(() => third.progress.state === 'declined', 'declined in the third life')
  expect(await device.held()).not.toEqual(device.truth())
  third.reconsider()
  await device.untilEnded(third, 'resynced')
  expect(await device.held()).toEqual(device.truth())
})

test('a reconsidered signal joins again while another resync is under way', async () => {
  const device = await differing()
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.server.signals = [ONE]
  await device.cache.setAside([{ signalId: ONE.signalId, version: 1, why: 'declined' }])
  device.server.signals = [ONE, OTHER]
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 4)
  tidegate.reconsider()
  await device.untilEnded(tidegate, 'resynced', 'signal-1')
  expect(await device.held()).toEqual(device.truth())
  expect(await device.held('notes')).toEqual(device.truth('notes'))
})

test('a new version of what was set aside is begun', async () => {
  const device = await differing()
  await device.cache.setAside([{ signalId: ONE.signalId, version: 1, why: 'stuck' }])
  device.server.signals = [aSignal({ scope: MESSAGES_ONLY, version: 2 })]
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
})
