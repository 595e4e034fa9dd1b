import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** A loaded cache that differs from a server whose history is forgotten, and a signal about it. */
async function differing() {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  device.forgetHistory()
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2' })
  device.server.signals = [aSignal()]
  device.forget()
  return device
}

test('a source that gives more items than a page one ordinal is told so after five attempts, not asked for ever (C5)', async () => {
  const device = await differing()
  for (let at = 1; at <= 1_001; at++) device.server.put('messages', `same-${at}`, { ordinal: 500, text: 'same' })
  // Without an end to it the clock would never be moved again: nothing but answers at once.
  device.server.onCall = () => {
    if (device.server.calls.length > 500) throw new TypeError('this is for ever')
  }
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'failed')
  expect(tidegate.progress.problem).toBe('Cannot list messages any further than ordinal 500: the source goes on there')
  expect(device.server.calls.length).toBeLessThan(100)
  expect(Object.keys(await device.held())).toHaveLength(200)
})

test('a source that defers every item for ever is given up after five attempts (C5)', async () => {
  const device = await differing()
  const { api } = device.server
  const tidegate = device.open({
    api: {
      ...api,
      fetch: async (request) => {
        const answer = await api.fetch(request)
        return { ...answer, items: [], deferred: answer.items.map(({ id }) => id) }
      },
    },
  })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'failed')
  expect(device.server.calls.filter(({ name }) => name === 'fetch').length).toBeLessThanOrEqual(5)
})

test('a mailbox restored from a backup, its sequence behind the cursor, is proven at its own place (C8)', async () => {
  const device = await differing()
  for (let at = 191; at <= 200; at++) device.server.delete('messages', `messages-${at}`)
  const collection = device.server.collections.get('messages')
  if (collection) Object.assign(collection, { seq: 5, oldestSeq: 0 })
  collection?.seqOf.clear()
  collection?.deleted.clear()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(tidegate.progress.result?.asOf).toEqual({ messages: 5 })
  expect((await device.cache.state('messages')).cursor).toBe(5)
  expect(await device.held()).toEqual(device.truth())
})
