import { CollectionName, ItemId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { ordinarySync } from './ordinary-sync.ts'

const FIRST = ItemId.parse('messages-1')

/** A cache that holds an item the server has otherwise, and what ordinary sync brings between a page's answer and its being applied. */
async function overtaken(kind: 'changed' | 'deleted') {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  if (kind === 'changed') device.server.put('messages', FIRST, { ordinal: 1, text: 'old news' })
  else device.server.delete('messages', FIRST)
  device.forgetHistory()
  device.server.signals = [aSignal()]
  const { api } = device.server
  let isWritten = false
  const tidegate = device.open({
    api: {
      ...api,
      fetch: async (request) => {
        const answer = await api.fetch(request)
        if (isWritten || !request.ids.includes(FIRST)) return answer
        isWritten = true
        const item = device.server.put('messages', FIRST, { ordinal: 1, text: 'newest', revision: 9 })
        const { cursor } = await device.cache.state('messages')
        await device.cache.applyChanges({
          collection: 'messages',
          upserts: [item],
          deletes: [],
          fromSeq: cursor,
          toSeq: answer.asOf + 1,
        })
        return answer
      },
    },
  })
  const shown: unknown[] = []
  device.cache.subscribe('messages', ({ upserted, deleted }) => {
    if (![...upserted, ...deleted].includes(FIRST)) return
    void device.cache.get('messages', FIRST).then((item) => shown.push(item?.payload ?? 'nothing'))
  })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(await device.held()).toEqual(device.truth())
  expect(shown).not.toEqual([])
  return shown
}

test('a page does not put back what ordinary sync has brought newer meanwhile (C1)', async () => {
  for (const text of await overtaken('changed')) expect(text).toEqual({ text: 'newest' })
})

test('an item said to be missing that exists again by the time the page is applied never goes (C1)', async () => {
  for (const text of await overtaken('deleted')) expect(text).toEqual({ text: 'newest' })
})

test('ordinary sync that another tab overtakes compares where it comes to be, not with the digests of an older place (C8)', async () => {
  const device = new PretendDevice()
  await (await device.loaded(20)).stop()
  device.server.put('messages', FIRST, { ordinal: 1, text: 'mine' })
  const { cache } = device
  let isOvertaken = false
  const applyChanges: typeof cache.applyChanges = async (changes) => {
    const applied = await cache.applyChanges(changes)
    if (isOvertaken) return applied
    isOvertaken = true
    const item = device.server.put('messages', 'messages-2', { ordinal: 2, text: "the other tab's" })
    const elsewhere = { collection: 'messages', upserts: [item], deletes: [] }
    await cache.applyChanges({ ...elsewhere, fromSeq: changes.toSeq, toSeq: changes.toSeq + 1 })
    return applied
  }
  const synced = await ordinarySync({
    api: device.server.api,
    cache: { ...cache, applyChanges },
    collection: CollectionName.parse('messages'),
    nowMs: () => device.clock.nowMs(),
  })
  expect(synced).toMatchObject({ outcome: 'in-step', asOf: 22 })
  expect(await device.held()).toEqual(device.truth())
})
