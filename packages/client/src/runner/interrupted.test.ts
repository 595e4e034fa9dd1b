import { Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { State } from '../core/machine/state.ts'
import type { Progress } from '../core/progress.ts'
import { memoryLocks } from '../edge/locks.ts'
import { PretendDevice, pretendChannels } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'
import { Mortal } from '../testing-model/mortal.ts'

/** A loaded cache that differs from the server in `count` items, about which a signal is in force. */
async function differing(count: number, signal: Parameters<typeof aSignal>[0] = {}) {
  const device = new PretendDevice()
  const first = await device.loaded(200)
  await first.stop()
  if (count > 0) device.forgetHistory()
  for (let at = 1; at <= count; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal(signal)]
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.forget()
  return device
}

test('a signal revoked before its turn is never begun', async () => {
  const device = await differing(50, { notBeforeInMs: 60_000 })
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.state === 'waiting', 'waiting for its turn')
  expect(tidegate.progress).toMatchObject({ waitingFor: 'turn', differs: { itemCount: 50, bytes: 50_000 } })
  device.server.signals = []
  await device.until(() => tidegate.progress.result?.outcome === 'stopped')
  expect(device.server.fetchedBytes).toBe(0)
  expect(device.server.calls.map(({ name }) => name)).not.toContain('requestLease')
  expect(tidegate.progress.state).toBe('current')
})

test('a signal revoked under way stops at the next page, and what was applied stays (C2)', async () => {
  const device = await differing(50)
  device.server.validForMs = 1_000
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= 6)
  device.server.signals = []
  await device.untilEnded(tidegate, 'stopped')
  expect(device.server.fetchedIds.length).toBeLessThan(14)
  const held = await device.held()
  expect(Object.keys(held)).toHaveLength(200)
  expect(tidegate.progress.state).toBe('current')
  expect(await device.cache.attempt()).toBeNull()
})

test('a page that the guard refuses because the signal is not in force ends the resync', async () => {
  const device = await differing(50)
  const tidegate = device.open()
  device.server.onCall = (name, request) => {
    const isPage = name === 'fetch' && JSON.stringify(request).includes('lease-')
    if (isPage && device.server.fetchedIds.length >= 6)
      throw new Denied({ kind: 'not-in-force', signalId: aSignal().signalId })
  }
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'stopped')
  expect(device.server.fetchedIds).toHaveLength(6)
})

const WORKING: readonly State['kind'][] = [
  'confirming',
  'comparing',
  'catchingUp',
  'asking',
  'waiting',
  'fetching',
  'proving',
]

test.each(WORKING)(
  'killed while %s, the next life goes on and fetches at most the page in flight again',
  async (kind) => {
    const device = await differing(40, { notBeforeInMs: kind === 'waiting' ? 5_000 : 0 })
    await device.cache.stage({ writeId: 'draft-1', collection: 'messages', payload: { text: 'unsent' } })
    const life = new Mortal()
    const states: string[] = []
    const first = device.open({
      api: life.api(device.server.api),
      cache: life.cache(device.cache),
      locks: memoryLocks(),
      budget: { unmeteredBytes: kind === 'asking' ? 0 : 1e9 },
    })
    let wasSeen = 0
    first.subscribe(({ state }) => {
      states.push(state)
      if (state === kind && (kind !== 'fetching' || ++wasSeen > 12)) life.die()
    })
    first.notice(device.server.tag)
    await device.until(() => states.includes(kind), kind)
    await device.clock.advance(3_000)
    const fetchedBefore = device.server.fetchedIds.length
    const second = device.open()
    second.notice(device.server.tag)
    await device.untilEnded(second, 'resynced')
    expect(await device.held()).toEqual(device.truth())
    expect(device.server.fetchedIds.length).toBeLessThanOrEqual(40 + 2)
    if (kind === 'fetching') expect(fetchedBefore).toBeGreaterThan(2)
    expect(await device.cache.pendingWrites()).toMatchObject([{ writeId: 'draft-1' }])
  },
)

test('a refetch that was killed goes on where it was (C5)', async () => {
  const device = await differing(0, { action: 'refetch' })
  const life = new Mortal()
  const first = device.open({ api: life.api(device.server.api), cache: life.cache(device.cache), locks: memoryLocks() })
  first.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 100)
  life.die()
  const second = device.open()
  second.notice(device.server.tag)
  await device.untilEnded(second, 'resynced')
  expect(new Set(device.server.fetchedIds).size).toBe(200)
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(200 + 20)
})

test('a crash loop stops after five attempts without progress, over restarts, and a new version begins anew (C5)', async () => {
  const device = await differing(40)
  for (let life = 1; life <= 7; life++) {
    const mortal = new Mortal()
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
    })
    tidegate.subscribe(({ state }) => {
      if (state === 'fetching') mortal.die()
    })
    tidegate.notice(device.server.tag)
    await device.clock.advance(3_000)
    if (life > 5) expect(tidegate.progress.state).toBe('stuck')
    mortal.die()
  }
  expect(device.server.calls.filter(({ name }) => name === 'requestLease')).toHaveLength(5)
  device.server.signals = [aSignal({ version: 2 })]
  const last = device.open({ locks: memoryLocks() })
  last.notice(device.server.tag)
  await device.untilEnded(last, 'resynced')
})

/** One life of the app after another, each begun with what the last one left, and killed when `isTime`. */
async function killedOverAndOver(
  device: PretendDevice,
  lifeCount: number,
  isTime: (progress: Progress) => boolean,
): Promise<void> {
  for (let life = 1; life <= lifeCount; life++) {
    const mortal = new Mortal()
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
    })
    // Dies in the moment that it tells of, before whatever would come next.
    let isDead = false
    tidegate.subscribe((progress) => {
      if (!isTime(progress)) return
      mortal.die()
      isDead = true
    })
    tidegate.notice(device.server.tag)
    await device.until(() => isDead, `life ${life}`)
  }
}

test('an app closed ten times while it waits to try again has not failed, and goes on when the wire is back (C5)', async () => {
  const device = await differing(40)
  let isDown = true
  device.server.onCall = (name) => {
    if (isDown && name === 'fetch') throw new TypeError('fetch failed')
  }
  await killedOverAndOver(device, 10, ({ state, waitingFor }) => state === 'waiting' && waitingFor === 'retry')
  expect(await device.cache.attempt()).toMatchObject({ attemptCount: 0 })
  isDown = false
  const last = device.open({ locks: memoryLocks() })
  last.notice(device.server.tag)
  await device.untilEnded(last, 'resynced')
})

test('a paused app closed ten times has not failed (C5)', async () => {
  const device = await differing(40)
  device.server.onCall = (name) => {
    if (name === 'fetch') throw new TypeError('fetch failed')
  }
  for (let life = 1; life <= 10; life++) {
    const mortal = new Mortal()
    const tidegate = device.open({
      api: mortal.api(device.server.api),
      cache: mortal.cache(device.cache),
      locks: memoryLocks(),
      channel: pretendChannels()(),
    })
    tidegate.subscribe(({ state }) => {
      if (state === 'fetching') tidegate.pause()
    })
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.state === 'paused', `life ${life}`)
    mortal.die()
  }
  expect(await device.cache.attempt()).toMatchObject({ attemptCount: 0 })
})

test('a crash loop that stopped is told to the guard once, whatever is restarted after it (C5)', async () => {
  const device = await differing(40)
  await killedOverAndOver(device, 5, ({ state }) => state === 'fetching')
  for (let life = 6; life <= 8; life++) {
    const tidegate = device.open({ locks: memoryLocks(), channel: pretendChannels()() })
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.state === 'stuck', `life ${life}`)
    await device.clock.advance(60_000)
    await tidegate.stop()
  }
  const outcomes = device.server.reports.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'begun')
  expect(outcomes).toEqual(['failed'])
})

test('a paused resync that heard of something new asks before it goes on (C2)', async () => {
  const device = await differing(40)
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  tidegate.pause()
  await device.until(() => tidegate.progress.state === 'paused')
  device.server.signals = []
  tidegate.notice(device.server.tag)
  const before = device.server.calls.length
  tidegate.resume()
  await device.untilEnded(tidegate, 'stopped')
  const asked = device.server.calls.slice(before).map(({ name }) => name)
  expect(asked.filter((name) => name !== 'report' && name !== 'endLease')).toEqual(['inForce'])
})

test('what fails the same way five times stops, and is tried again when the app reconsiders (C5)', async () => {
  const device = await differing(40)
  let isFull = true
  const cache = new Proxy(device.cache, {
    get: (target, name) =>
      name === 'applyPage' && isFull ? () => Promise.reject(new Error('disk full')) : Reflect.get(target, name),
  })
  const tidegate = device.open({ cache })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'failed')
  expect(tidegate.progress).toMatchObject({ state: 'stuck', problem: 'disk full' })
  isFull = false
  tidegate.reconsider()
  await device.untilEnded(tidegate, 'resynced')
})

test('a server that is down is asked ever less often, and the resync goes on when it is back (C6)', async () => {
  const device = await differing(40)
  const tidegate = device.open()
  let isDown = false
  device.server.onCall = () => {
    if (isDown) throw new TypeError('fetch failed')
  }
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  isDown = true
  const before = device.server.calls.length
  await device.clock.advance(120_000)
  expect(device.server.calls.length - before).toBeLessThan(12)
  isDown = false
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(42)
})

test('paused, resumed and cancelled as the person says', async () => {
  const device = await differing(40)
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  tidegate.pause()
  await device.until(() => tidegate.progress.state === 'paused')
  const whilePaused = device.server.fetchedIds.length
  await device.clock.advance(30_000)
  expect(device.server.fetchedIds).toHaveLength(whilePaused)
  tidegate.resume()
  await device.until(() => device.server.fetchedIds.length > 20)
  tidegate.cancel()
  await device.until(() => tidegate.progress.state === 'declined')
  await tidegate.stop()
  const next = device.open()
  next.notice(device.server.tag)
  await device.until(() => next.progress.state === 'declined', 'still declined after a restart')
  next.reconsider()
  await device.untilEnded(next, 'resynced')
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(44)
})

test('offline in the middle, it goes on when the network is back', async () => {
  const device = await differing(40)
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  device.network.become({ isOnline: false })
  await device.clock.advance(1_000)
  expect(tidegate.progress).toMatchObject({ state: 'waiting', waitingFor: 'online' })
  device.network.become({ isOnline: true })
  await device.untilEnded(tidegate, 'resynced')
})

test('two tabs: one works, both show it, and the other takes over when it is closed (C9)', async () => {
  const device = await differing(40)
  const one = device.open()
  const other = device.open()
  const seen = new Set<string>()
  other.subscribe(({ state }) => seen.add(state))
  other.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  expect(seen).toContain('fetching')
  expect(device.server.calls.filter(({ name }) => name === 'inForce').length).toBeLessThanOrEqual(1)
  await one.stop()
  other.notice(device.server.tag)
  await device.untilEnded(other, 'resynced')
  expect(device.server.fetchedIds.length).toBeLessThanOrEqual(42)
})

test('a tab that loses the lock stops at its next step (C9)', async () => {
  const device = await differing(40)
  let lose = () => {}
  const lost = new Promise<void>((resolve) => {
    lose = resolve
  })
  let holdCount = 0
  const locks = { hold: async () => (++holdCount === 1 ? { lost, release: () => {} } : new Promise<never>(() => {})) }
  const tidegate = device.open({ locks })
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 10)
  lose()
  await device.clock.advance(1_000)
  const after = device.server.fetchedIds.length
  await device.clock.advance(30_000)
  expect(device.server.fetchedIds).toHaveLength(after)
})
