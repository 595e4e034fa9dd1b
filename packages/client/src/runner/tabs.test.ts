import { expect, test } from 'vitest'
import { memoryCache } from '../memory.ts'
import { PretendDevice, pretendChannels } from '../testing-model/a-client.ts'
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

test('switched off before a tab was opened, it stays off when that tab comes to work (C9)', async () => {
  const { device, working, other } = await twoTabs()
  await other.stop()
  working.setMode('off')
  await device.until(() => working.progress.state === 'off')
  const fetchedCount = device.server.fetchedIds.length
  const late = device.open()
  await device.clock.advance(100)
  await working.stop()
  late.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(device.server.fetchedIds.length).toBe(fetchedCount)
})

test('a tab whose cache was closed under it lets another one work (C9)', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  device.forgetHistory()
  for (let at = 1; at <= 40; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal()]
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  const cache = memoryCache({ disk: device.disk })
  const working = device.open({ cache })
  const other = device.open()
  other.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 6)
  expect([working.isWorking, other.isWorking]).toEqual([true, false])
  await cache.close()
  await device.untilEnded(other, 'resynced')
  expect([working.isWorking, other.isWorking]).toEqual([false, true])
  expect(working.progress).toEqual(other.progress)
  expect(await device.held()).toEqual(device.truth())
})

test('a tab whose cache was closed while it rested lets another one work as soon as there is something to do (C9)', async () => {
  const device = new PretendDevice()
  const first = await device.loaded(50)
  await first.stop()
  const cache = memoryCache({ disk: device.disk })
  device.open({ cache })
  const other = device.open()
  await device.clock.advance(100)
  await cache.close()
  device.server.signals = [aSignal()]
  other.notice(device.server.tag)
  await device.untilEnded(other, 'consistent')
})

test.each(['consistent', 'declined'] as const)(
  'a load that another tab has to bring does not end because a signal was %s there (C8, C9)',
  async (outcome) => {
    const device = new PretendDevice()
    const first = await device.loaded(200)
    await first.stop()
    const isDifferent = outcome === 'declined'
    if (isDifferent) device.forgetHistory()
    if (isDifferent) device.server.put('messages', 'messages-1', { ordinal: 1, text: 'v2', bytes: 1_000 })
    device.server.signals = [aSignal()]
    const working = device.open({ budget: { unmeteredBytes: 0, meteredBytes: 0 }, consent: async () => 'not-now' })
    const other = device.open()
    working.notice(device.server.tag)
    await device.untilEnded(working, outcome)
    for (let at = 1; at <= 100; at++)
      device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v3', bytes: 1_000 })
    device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
    const held: unknown[] = []
    const synced = other.sync().then(async () => held.push(await device.held()))
    await device.until(() => held.length > 0, 'the sync of the other tab')
    await synced
    expect(held).toEqual([device.truth()])
  },
)

test('a first load that was cancelled is not begun again when the tab that worked is closed (C9)', async () => {
  const device = new PretendDevice()
  for (let at = 1; at <= 200; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v1', bytes: 1_000 })
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  const [working, other] = [device.open(), device.open()]
  const ends: unknown[] = []
  for (const tab of [working, other]) tab.firstLoad().catch((error: unknown) => ends.push(error))
  await device.until(() => device.server.fetchedIds.length > 6)
  other.cancel()
  await device.until(() => ends.length === 2, 'both to hear of it')
  expect(ends).toMatchObject([{ outcome: 'declined' }, { outcome: 'declined' }])
  const fetchedCount = device.server.fetchedIds.length
  await working.stop()
  await device.clock.advance(60_000)
  expect(other.isWorking).toBe(true)
  expect(device.server.fetchedIds.length).toBe(fetchedCount)
})

test('the result that the tab before came to is still shown by the one that works next (C9)', async () => {
  const device = new PretendDevice()
  const working = await device.loaded(50)
  const other = device.open()
  device.server.signals = [aSignal()]
  working.notice(device.server.tag)
  await device.untilEnded(other, 'consistent')
  await working.stop()
  await device.until(() => other.isWorking)
  expect(other.progress.result).toMatchObject({ outcome: 'consistent', signalIds: ['signal-1'] })
})

test('what a tab of another release says that this one cannot show is passed over', async () => {
  const channels = pretendChannels()
  const device = new PretendDevice()
  const [working, other] = [device.open({ channel: channels() }), device.open({ channel: channels() })]
  await device.clock.advance(100)
  const told: string[] = []
  other.subscribe(({ state }) => told.push(state))
  const stranger = channels()
  const { progress } = working
  for (const odd of [{ state: 'verifying' }, { done: null }, { differs: 7 }, { result: {} }, { done: undefined }])
    stranger.post({ kind: 'progress', progress: { ...progress, ...odd } })
  for (const odd of [42, null, 'hello', { kind: 'dance' }, { kind: 'first-load-ended' }]) stranger.post(odd)
  await device.clock.advance(100)
  expect(told).toEqual([])
  stranger.post({ kind: 'progress', progress: { ...progress, state: 'fetching', added: 'later' } })
  expect(told).toEqual(['fetching'])
})

test('paused, it stays so when another tab comes to work, until somebody resumes it there (C9)', async () => {
  const { device, working, other } = await twoTabs()
  other.pause()
  await device.until(() => other.progress.state === 'paused')
  await working.stop()
  await device.until(() => other.isWorking)
  const fetchedCount = device.server.fetchedIds.length
  other.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(other.progress).toMatchObject({ state: 'paused', signalIds: ['signal-1'] })
  expect(device.server.fetchedIds.length).toBe(fetchedCount)
  other.resume()
  await device.untilEnded(other, 'resynced')
  expect(await device.held()).toEqual(device.truth())
})

test('a first load of what only a newer release caches waits until that release works', async () => {
  const device = new PretendDevice(['messages', 'notes'])
  device.server.put('messages', 'messages-1', { ordinal: 1, text: 'v1', bytes: 100 })
  device.server.put('notes', 'notes-1', { ordinal: 1, text: 'v1', bytes: 100 })
  const older = device.open({ collections: ['messages'] })
  const newer = device.open()
  let isLoaded = false
  const loading = newer.firstLoad().then(() => {
    isLoaded = true
  })
  await device.clock.advance(60_000)
  expect(older.progress.state).toBe('current')
  expect([await device.held('messages'), await device.held('notes')]).toEqual([device.truth('messages'), {}])
  await older.stop()
  await device.until(() => isLoaded, 'the newer release to load it')
  await loading
  expect(await device.held('notes')).toEqual(device.truth('notes'))
})
