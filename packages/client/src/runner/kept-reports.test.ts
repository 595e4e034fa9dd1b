import { Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { ConsentChoice } from '../core/consent.ts'
import { memoryLocks } from '../edge/locks.ts'
import { PretendDevice, pretendChannels } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { Mortal } from '../testing-model/mortal.ts'

/** A loaded cache, and a signal about it, whose end is told in a life that is killed before any report has gone out. */
async function killedAtItsEnd(outcome: 'consistent' | 'declined') {
  const device = new PretendDevice()
  const before = await device.loaded(20)
  await before.stop()
  if (outcome === 'declined') {
    device.forgetHistory()
    device.server.put('messages', 'messages-1', { ordinal: 1, text: 'v2', bytes: 1_000 })
  }
  device.server.signals = [aSignal()]
  const mortal = new Mortal()
  const life = device.open({
    api: mortal.api(device.server.api),
    cache: mortal.cache(device.cache),
    locks: memoryLocks(),
    channel: pretendChannels()(),
    budget: { unmeteredBytes: 0, meteredBytes: 0 },
    consent: async (): Promise<ConsentChoice> => 'not-now',
  })
  life.notice(device.server.tag)
  await device.untilEnded(life, outcome)
  mortal.die()
  await device.clock.advance(10_000)
  expect(device.server.reports).toEqual([])
  return device
}

test.each(['consistent', 'declined'] as const)(
  'killed right after it ended as %s, the next life reports it, once (C5)',
  async (outcome) => {
    const device = await killedAtItsEnd(outcome)
    for (let life = 1; life <= 2; life++) {
      const next = device.open()
      await device.clock.advance(10_000)
      await next.stop()
    }
    expect(device.server.reports).toMatchObject([{ signalId: 'signal-1', outcome }])
    expect(await device.cache.unsentReports()).toEqual([])
  },
)

test('a report whose acknowledgement never came goes again in the next life under the same key, so it counts once (C5)', async () => {
  const device = await killedAtItsEnd('consistent')
  const mortal = new Mortal()
  device.server.onCall = (name) => {
    if (name === 'report') mortal.die()
  }
  const deaf = device.open({
    api: mortal.api(device.server.api),
    cache: mortal.cache(device.cache),
    locks: memoryLocks(),
    channel: pretendChannels()(),
  })
  await device.clock.advance(10_000)
  expect(deaf.isWorking).toBe(true)
  device.open()
  await device.clock.advance(10_000)
  const keys = device.server.reports.map(({ reportKey }) => reportKey)
  expect([keys.length, new Set(keys).size]).toEqual([2, 1])
  expect(await device.cache.unsentReports()).toEqual([])
})

test('while the guard does not answer, the end of a resync is told again and again, ever more rarely, until it does', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(20)
  device.server.signals = [aSignal()]
  let isDown = true
  let tryCount = 0
  device.server.onCall = (name) => {
    if (name !== 'report' || !isDown) return
    tryCount += 1
    throw new TypeError('fetch failed')
  }
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await device.clock.advance(3_600_000)
  expect(tryCount).toBeGreaterThan(10)
  expect(tryCount).toBeLessThan(40)
  isDown = false
  await device.clock.advance(300_000)
  expect(device.server.reports).toMatchObject([{ outcome: 'consistent' }])
  expect(await device.cache.unsentReports()).toEqual([])
})

test('a report that the guard will never take is dropped', async () => {
  const device = await killedAtItsEnd('consistent')
  device.server.onCall = (name) => {
    if (name === 'report') throw new Denied({ kind: 'invalid', message: 'unknown outcome' })
  }
  device.open()
  await device.clock.advance(60_000)
  expect(device.server.calls.filter(({ name }) => name === 'report')).toHaveLength(1)
  expect(await device.cache.unsentReports()).toEqual([])
})
