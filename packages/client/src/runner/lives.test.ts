import { expect, test } from 'vitest'
import type { ConsentChoice } from '../core/consent.ts'
import { memoryLocks } from '../edge/locks.ts'
import { PretendDevice, pretendChannels } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { Mortal } from '../testing-model/mortal.ts'

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

test('an app that is killed ten times with a question open has not failed, and goes on when the person says yes (C5)', async () => {
  const device = await differing()
  const budget = { unmeteredBytes: 0, meteredBytes: 0 }
  for (let life = 1; life <= 10; life++) {
    const mortal = new Mortal()
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
      budget,
    })
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.state === 'asking', `the question of life ${life}`)
    mortal.die()
  }
  const last = device.open({ budget, consent: async () => 'now', locks: memoryLocks() })
  last.notice(device.server.tag)
  await device.untilEnded(last, 'resynced')
})

/** Lives that each end while they wait for their turn; how often a person was asked in them. */
async function askedInLivesThatWait(device: PretendDevice, budgets: readonly number[], between = () => {}) {
  let askedCount = 0
  const consent = async (): Promise<ConsentChoice> => {
    askedCount += 1
    return 'now'
  }
  for (const [life, unmeteredBytes] of budgets.entries()) {
    if (life > 0) between()
    const mortal = new Mortal()
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
      budget: { unmeteredBytes, meteredBytes: 0 },
      consent,
    })
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.waitingFor === 'turn', `the wait of life ${life}`)
    mortal.die()
  }
  return askedCount
}

test('a person who said yes is not asked again by a life that only sees the turn come', async () => {
  const device = await differing()
  device.server.signals = [aSignal({ notBeforeInMs: 3_600_000 })]
  expect(await askedInLivesThatWait(device, [0, 0, 0])).toBe(1)
})

test('what a budget covered in one life is asked about in the next one, whose budget does not', async () => {
  const device = await differing()
  device.server.signals = [aSignal({ notBeforeInMs: 3_600_000 })]
  expect(await askedInLivesThatWait(device, [1e9, 1e9, 0, 0])).toBe(1)
})

test('a yes holds for its bytes: when they have grown by more than a quarter the next life asks again', async () => {
  const device = await differing()
  device.server.signals = [aSignal({ notBeforeInMs: 3_600_000 })]
  let at = 40
  const grow = () => {
    for (const end = at + 6; at < end; )
      device.server.put('messages', `messages-${++at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
    device.forgetHistory()
  }
  // 40 items are agreed to; 46 are covered by that, 52 are not, and 58 are covered by the second yes.
  expect(await askedInLivesThatWait(device, [0, 0, 0, 0], grow)).toBe(2)
})

test('a yes to one signal is none to the next', async () => {
  const device = await differing()
  device.server.signals = [aSignal({ notBeforeInMs: 3_600_000 })]
  const next = () => {
    device.server.signals = [aSignal({ signalId: 'signal-2', notBeforeInMs: 3_600_000 })]
  }
  expect(await askedInLivesThatWait(device, [0, 0], next)).toBe(2)
})

test('who chose tonight is asked again by the next life, which must not begin by day', async () => {
  const device = await differing()
  const mortal = new Mortal()
  const budget = { unmeteredBytes: 0, meteredBytes: 0 }
  const dying = device.open({
    api: mortal.api(device.server.api),
    cache: mortal.cache(device.cache),
    locks: memoryLocks(),
    channel: pretendChannels()(),
    budget,
    consent: async () => 'tonight',
  })
  dying.notice(device.server.tag)
  await device.until(() => dying.progress.state === 'asking')
  await device.clock.advance(1_000)
  mortal.die()
  const next = device.open({ locks: memoryLocks(), budget })
  next.notice(device.server.tag)
  await device.until(() => next.progress.state === 'asking')
  expect(device.server.fetchedIds).toEqual([])
})

test('an app that is killed again and again, each time after another page, comes to the end (C5)', async () => {
  const device = await differing()
  for (let life = 1; life <= 10; life++) {
    const mortal = new Mortal()
    const before = device.server.fetchedIds.length
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
    })
    tidegate.notice(device.server.tag)
    await device.until(() => device.server.fetchedIds.length >= before + 6, `the pages of life ${life}`)
    mortal.die()
    if (device.server.fetchedIds.length >= 30) break
  }
  const last = device.open({ locks: memoryLocks() })
  last.notice(device.server.tag)
  await device.untilEnded(last, 'resynced')
  expect(await device.held()).toEqual(device.truth())
})

test('not now to several signals at once is remembered for each of them over restarts', async () => {
  const device = await differing()
  device.server.signals = [aSignal(), aSignal({ signalId: 'signal-2' })]
  let askedCount = 0
  const consent = async (): Promise<ConsentChoice> => {
    askedCount += 1
    return 'not-now'
  }
  for (let life = 1; life <= 4; life++) {
    const tidegate = device.open({ consent, budget: { unmeteredBytes: 0, meteredBytes: 0 } })
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.state === 'declined', `declined in life ${life}`)
    await tidegate.stop()
  }
  expect(askedCount).toBe(1)
})

test('several signals that one resync brought in order are all done, and no later life does one of them again (C5)', async () => {
  const device = await differing()
  device.server.signals = [aSignal(), aSignal({ signalId: 'signal-2' })]
  const first = device.open()
  first.notice(device.server.tag)
  await device.untilEnded(first, 'resynced', 'signal-2')
  await first.stop()
  expect((await device.cache.completed()).map(({ signalId }) => signalId)).toEqual(['signal-1', 'signal-2'])
  device.forget()
  device.server.reports.length = 0
  const second = device.open()
  second.notice(device.server.tag)
  await device.clock.advance(30_000)
  expect(device.server.calls.map(({ name }) => name)).toEqual(['inForce'])
})
