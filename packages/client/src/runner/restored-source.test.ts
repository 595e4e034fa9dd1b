import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

const ITEM_COUNT = 100

test('after the source was restored from a backup, what differs comes once, and what was lost goes (C1, C8)', async () => {
  const device = new PretendDevice()
  await (await device.loaded(ITEM_COUNT)).stop()
  const messages = device.server.collections.get('messages')
  if (messages === undefined) throw new Error('The model serves no messages')
  const backup = { items: [...messages.items], seq: messages.seq }
  for (let at = 1; at <= ITEM_COUNT; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'lost with the disk' })
  device.server.put('messages', 'lost', { ordinal: ITEM_COUNT + 1, text: 'lost with the disk' })
  const before = device.open()
  let isSynced = false
  void before.sync().then(() => {
    isSynced = true
  })
  await device.until(() => isSynced)
  await before.stop()

  messages.items.clear()
  for (const [id, item] of backup.items) messages.items.set(id, item)
  messages.seq = backup.seq
  device.server.signals = [aSignal()]
  device.forget()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds).toHaveLength(ITEM_COUNT)
  expect(tidegate.progress.result?.proofRounds).toBe(1)
  expect(await device.held()).toEqual(device.truth())
})
