import { Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** Three loaded collections, each different from the server in 20 items, and a signal about the whole account. */
async function differing() {
  const device = new PretendDevice(['labels', 'messages', 'notes'])
  const first = await device.loaded(100)
  await first.stop()
  device.forgetHistory()
  for (const collection of ['labels', 'messages', 'notes'])
    for (let at = 1; at <= 20; at++)
      device.server.put(collection, `${collection}-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal()]
  device.forget()
  return device
}

/** From the named exchange on, the source no longer knows `collection`. */
function withdraw(device: PretendDevice, collection: string, from: string): void {
  let isGone = false
  device.server.onCall = (name, request) => {
    const isAbout =
      typeof request === 'object' && request !== null && 'collection' in request && request.collection === collection
    if (isAbout && name === from) isGone = true
    if (isAbout && isGone) throw new Denied({ kind: 'not-found', what: `collection ${collection}` })
  }
}

test.each(['changesSince', 'digests', 'list', 'fetch'])(
  'a collection that the source stops serving at %s keeps its items, and the others are resynced (C1)',
  async (from) => {
    const device = await differing()
    const before = await device.held('messages')
    withdraw(device, 'messages', from)
    const tidegate = device.open()
    tidegate.notice(device.server.tag)
    await device.untilEnded(tidegate, 'resynced')
    expect(tidegate.progress.result).toMatchObject({ notServed: ['messages'] })
    expect(Object.keys(tidegate.progress.result?.asOf ?? {}).toSorted()).toEqual(['labels', 'notes'])
    expect(await device.held('messages')).toEqual(before)
    for (const collection of ['labels', 'notes'])
      expect(await device.held(collection)).toEqual(device.truth(collection))
  },
)

test('a collection that the source stops serving while it is proven is named, and what was applied stays', async () => {
  const device = await differing()
  let isGone = false
  device.server.onCall = (name, request) => {
    const asked = JSON.stringify(request)
    if (name === 'fetch' && device.server.fetchedIds.length >= 60 - 4) isGone = true
    if (isGone && name === 'changesSince' && asked.includes('labels'))
      throw new Denied({ kind: 'not-found', what: 'collection labels' })
  }
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(tidegate.progress.result).toMatchObject({ notServed: ['labels'] })
  for (const collection of device.collections) expect(await device.held(collection)).toEqual(device.truth(collection))
})

test('when the source serves none of it any more, nothing is deleted and nothing is reported', async () => {
  const device = await differing()
  const before = await device.held()
  device.server.onCall = (name) => {
    if (name === 'changesSince') throw new Denied({ kind: 'not-found', what: 'the collection' })
  }
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await device.clock.advance(10_000)
  expect(tidegate.progress.result).toMatchObject({ asOf: {}, notServed: ['labels', 'messages', 'notes'] })
  expect(device.server.reports).toEqual([])
  expect(await device.held()).toEqual(before)
})
