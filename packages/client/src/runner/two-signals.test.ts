import { expect, test } from 'vitest'
import { memoryLocks } from '../edge/locks.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { Mortal } from '../testing-model/mortal.ts'

const MESSAGES = { scope: { kind: 'collections', collections: [{ collection: 'messages' }] } }
const BODIES = { scope: { kind: 'collections', collections: [{ collection: 'bodies' }] } }
const ITEM_COUNT = 200
/** What one page of 2,000 bytes holds. */
const PAGE_ITEM_COUNT = 20

/** A loaded cache, and a guard that lets it draw slowly. */
async function loaded(collections = ['messages', 'bodies']) {
  const device = new PretendDevice(collections)
  await (await device.loaded(ITEM_COUNT)).stop()
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.server.validForMs = 1_000
  device.forget()
  return device
}

/** Begins what is in force, until so many items were fetched, and is killed. */
async function killedAfter(device: PretendDevice, itemCount: number): Promise<void> {
  const life = new Mortal()
  const tidegate = device.open({
    api: life.api(device.server.api),
    cache: life.cache(device.cache),
    locks: memoryLocks(),
  })
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= itemCount)
  life.die()
}

test('a refetch that another signal joins goes on where it was, and nobody is asked again (C5)', async () => {
  const device = await loaded()
  device.server.signals = [aSignal({ action: 'refetch', ...MESSAGES })]
  let askedCount = 0
  const tidegate = device.open({
    budget: { unmeteredBytes: 0, meteredBytes: 0 },
    consent: async () => {
      askedCount += 1
      return 'now'
    },
  })
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= 150)
  device.server.signals = [...device.server.signals, aSignal({ signalId: 'signal-2', ...BODIES })]
  await device.untilEnded(tidegate, 'resynced', 'signal-2')
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(ITEM_COUNT + PAGE_ITEM_COUNT)
  expect(askedCount).toBe(1)
})

test('a second refetch is not taken for done by what the first one had fetched before it', async () => {
  const device = await loaded(['messages'])
  device.server.signals = [aSignal({ action: 'refetch' })]
  await killedAfter(device, 100)
  const newest = (await device.cache.list('messages')).slice(0, 5)
  const damaged = newest.map((item) => ({ ...item, payload: { text: 'damaged under the same contentHash' } }))
  await device.cache.applyPage({ collection: 'messages', upserts: damaged, unchanged: [], deletes: [] })
  device.server.signals = [...device.server.signals, aSignal({ signalId: 'signal-2', action: 'refetch' })]
  const second = device.open()
  second.notice(device.server.tag)
  await device.untilEnded(second, 'resynced', 'signal-2')
  expect(await device.held()).toEqual(device.truth())
})

test('of two refetches that were killed under way, the one that is left goes on where it was (C5)', async () => {
  const device = await loaded(['messages'])
  const both = [aSignal({ action: 'refetch' }), aSignal({ signalId: 'signal-2', action: 'refetch' })]
  device.server.signals = both
  await killedAfter(device, 150)
  device.server.signals = both.slice(1)
  const second = device.open()
  second.notice(device.server.tag)
  await device.untilEnded(second, 'resynced', 'signal-2')
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(ITEM_COUNT + PAGE_ITEM_COUNT)
})

test('two refetches of distant ranges draw what these hold, and nothing between them', async () => {
  const device = await loaded(['messages'])
  const rangeOf = (fromOrdinal: number, toOrdinal: number) => ({
    scope: { kind: 'collections', collections: [{ collection: 'messages', range: { fromOrdinal, toOrdinal } }] },
  })
  device.server.signals = [
    aSignal({ action: 'refetch', ...rangeOf(1, 11) }),
    aSignal({ signalId: 'signal-2', action: 'refetch', ...rangeOf(191, 201) }),
  ]
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced', 'signal-2')
  expect(device.server.fetchedIds.length).toBe(20)
})
