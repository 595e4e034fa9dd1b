import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

test('items deleted and made again under their ids, with new ordinals and the same content, cost no payload', async () => {
  const device = new PretendDevice()
  await (await device.loaded(200)).stop()
  device.forgetHistory()
  for (let at = 1; at <= 10; at++) {
    device.server.delete('messages', `messages-${at}`)
    device.server.put('messages', `messages-${at}`, { ordinal: 300 + at, text: at === 10 ? 'new' : `v1-${at}` })
  }
  device.server.signals = [aSignal()]
  device.forget()
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds).toEqual(['messages-10'])
  expect(await device.held()).toEqual(device.truth())
})
