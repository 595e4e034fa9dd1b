import { ItemId } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** A mailbox whose history is forgotten, so that a third of it has to be searched for and fetched. */
async function aMailbox(itemCount: number) {
  const device = new PretendDevice()
  await (await device.loaded(itemCount)).stop()
  let revision = 1
  const write = (at: number, text: string) =>
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: `${text}-${at}`, revision: ++revision })
  for (let at = 1; at <= itemCount; at += 3) write(at, 'x')
  device.forgetHistory()
  device.server.signals = [aSignal()]
  return { device, write }
}

test.each([
  [600, 100, 50],
  [1000, 100, 50],
  [2000, 1000, 100],
])(
  'at %d ms a round trip, a mailbox of %d items that gets %d writes a second is proven in one round (C8)',
  async (rttMs, itemCount, writesPerSecond) => {
    const { device, write } = await aMailbox(itemCount)
    const random = pretendRandom(5)
    let nextWriteAtMs = device.clock.nowMs()
    const writeUntilNow = () => {
      for (; nextWriteAtMs < device.clock.nowMs(); nextWriteAtMs += 1000 / writesPerSecond) {
        const at = 1 + Math.floor(random() * itemCount)
        if (random() < 0.1) device.server.delete('messages', `messages-${at}`)
        else write(at, `w${nextWriteAtMs}`)
      }
    }
    device.server.onCall = async () => {
      await device.clock.sleep(rttMs / 2)
      writeUntilNow()
    }
    const tidegate = device.open()
    tidegate.notice(device.server.tag)
    await device.untilEnded(tidegate, 'resynced')
    expect(tidegate.progress.result?.proofRounds).toBe(1)
    device.server.onCall = () => {}
    let isSynced = false
    void tidegate.sync().then(() => {
      isSynced = true
    })
    await device.until(() => isSynced, 'ordinary sync')
    expect(await device.held()).toEqual(device.truth())
  },
)

test('an item that is served otherwise than it was told, and is no newer, is never taken for overtaken (C8)', async () => {
  const device = new PretendDevice()
  await (await device.loaded(20)).stop()
  device.server.put('messages', 'messages-1', { ordinal: 1, text: 'changed' })
  device.server.signals = [aSignal()]
  const { api } = device.server
  const bad = ItemId.parse('messages-1')
  const serveAnother: typeof api.fetch = async (request) => {
    const answer = await api.fetch(request)
    const items = answer.items.map((item) =>
      item.id === bad ? { ...item, contentHash: `${item.contentHash}?` } : item,
    )
    return { ...answer, items: items as typeof answer.items } // as a source would that damages what it serves
  }
  const tidegate = device.open({ api: { ...api, fetch: serveAnother } })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'stuck')
  expect(tidegate.progress.result?.missingIds).toEqual([bad])
})
