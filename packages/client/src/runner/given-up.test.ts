import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** A loaded cache that differs from the server in 40 items, and a signal about it. */
async function differing() {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  device.forgetHistory()
  for (let at = 1; at <= 40; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal()]
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.forget()
  return device
}

test('a lease that is granted after the person paused goes back at once (C4)', async () => {
  const device = await differing()
  const { api } = device.server
  let isAsked = false
  const tidegate = device.open({
    api: {
      ...api,
      requestLease: async (request) => {
        const grant = await api.requestLease(request)
        isAsked = true
        await device.clock.sleep(500)
        return grant
      },
    },
  })
  tidegate.notice(device.server.tag)
  await device.until(() => isAsked)
  tidegate.pause()
  await device.clock.advance(2_000)
  expect(tidegate.progress.state).toBe('paused')
  expect(device.server.calls.map(({ name }) => name)).toContain('endLease')
})

test('a write that was given up while it ran comes to its end before the next step begins (C1, C9)', async () => {
  const device = await differing()
  const { cache } = device
  let writingCount = 0
  const meanwhile: string[] = []
  device.server.onCall = (name) => {
    if (writingCount > 0 && ['digests', 'list', 'fetch', 'changesSince'].includes(name)) meanwhile.push(name)
  }
  const tidegate = device.open({
    cache: {
      ...cache,
      applyPage: async (page) => {
        writingCount += 1
        await device.clock.sleep(2_000)
        await cache.applyPage(page)
        writingCount -= 1
      },
    },
  })
  tidegate.notice(device.server.tag)
  await device.until(() => writingCount > 0)
  tidegate.pause()
  await device.clock.advance(100)
  tidegate.resume()
  await device.untilEnded(tidegate, 'resynced')
  expect(meanwhile).toEqual([])
  expect(await device.held()).toEqual(device.truth())
})
