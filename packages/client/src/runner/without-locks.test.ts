import { afterEach, expect, test, vi } from 'vitest'
import { memoryLocks, WebLocksMissing } from '../edge/locks.ts'
import { memoryCache } from '../memory.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal, GUARD_KEY } from '../testing-model/model-server.ts'
import { createTidegate } from './tidegate.ts'
import type { TidegateOptions } from './tidegate-options.ts'

afterEach(() => void vi.unstubAllGlobals())

/** A loaded device whose cache differs from the server, and the way to open a tab that brings no locks of its own. */
async function differing() {
  const device = new PretendDevice()
  const first = await device.loaded(20)
  await first.stop()
  device.forgetHistory()
  device.server.put('messages', 'messages-1', { ordinal: 1, text: 'v2' })
  device.server.signals = [aSignal()]
  device.forget()
  const open = (options: Partial<TidegateOptions> = {}) => {
    const tidegate = createTidegate({
      accountId: 'anna',
      client: { clientId: 'anna-phone', clientClass: 'mobile', appVersion: '1.0' },
      api: device.server.api,
      cache: memoryCache({ disk: device.disk }),
      guardKeys: [GUARD_KEY],
      collections: device.collections,
      clock: device.clock,
      network: device.network,
      ...options,
    })
    tidegate.start()
    tidegate.notice(device.server.tag)
    return tidegate
  }
  return { device, open }
}

function inABrowserWithoutWebLocks() {
  vi.stubGlobal('document', {})
  vi.stubGlobal('navigator', { onLine: true })
}

test('in a browser without Web Locks no tab works: the cache stays readable, nothing is asked and nothing changes (C9)', async () => {
  inABrowserWithoutWebLocks()
  const { device, open } = await differing()
  const before = await device.held()
  const tabs = [open(), open()]
  await device.clock.advance(60_000)
  for (const tab of tabs) {
    expect(tab.isWorking).toBe(false)
    expect(tab.refusal).toBeInstanceOf(WebLocksMissing)
    expect(tab.progress.problem).toBe('This page needs https (Web Locks) to keep one tab working at a time')
    await expect(tab.sync()).rejects.toBeInstanceOf(WebLocksMissing)
    await expect(tab.firstLoad()).rejects.toBeInstanceOf(WebLocksMissing)
  }
  expect(device.server.calls).toEqual([])
  expect(await device.held()).toEqual(before)
  for (const tab of tabs) await tab.stop()
})

test('there an app that brings its own locks works, one tab at a time (C9)', async () => {
  inABrowserWithoutWebLocks()
  const { device, open } = await differing()
  const locks = memoryLocks()
  const tabs = [open({ locks }), open({ locks })]
  await device.until(() => device.server.reports.some(({ outcome }) => outcome === 'resynced'))
  expect(tabs.map(({ isWorking, refusal }) => [isWorking, refusal])).toEqual([
    [true, null],
    [false, null],
  ])
  for (const tab of tabs) await tab.stop()
})

test('in Node, where one process is all there is, no locks have to be brought', async () => {
  vi.stubGlobal('navigator', undefined)
  const { device, open } = await differing()
  const tidegate = open()
  await device.untilEnded(tidegate, 'resynced')
  expect(tidegate.refusal).toBeNull()
  await tidegate.stop()
})
