import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { chainOf, endorsementOf, modelKey, revocationOf } from '../testing-model/model-keys.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** A loaded cache that differs from the server in 50 items, about which a signal is in force. */
async function differing() {
  const device = new PretendDevice()
  await (await device.loaded(200)).stop()
  device.forgetHistory()
  for (let at = 1; at <= 50; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.signals = [aSignal()]
  device.server.grant = { bytesPerSecond: 4_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.server.validForMs = 1_000
  device.forget()
  return device
}

function countOf(device: PretendDevice, name: string): number {
  return device.server.calls.filter((call) => call.name === name).length
}

test('the key rotates under a running resync: no answer is refused, nothing is fetched twice, and it asks once', async () => {
  const device = await differing()
  const tidegate = device.open()
  const problems: unknown[] = []
  tidegate.subscribe(({ problem }) => problem !== null && problems.push(problem))
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= 10)
  device.server.key = modelKey(2)
  device.server.told = { endorsements: chainOf(1, 2), revocations: [] }
  await device.untilEnded(tidegate, 'resynced')
  expect(problems).toEqual([])
  expect(device.server.fetchedIds).toHaveLength(50)
  expect(new Set(device.server.fetchedIds).size).toBe(50)
  expect(countOf(device, 'endorsements')).toBe(1)
  expect(countOf(device, 'requestLease')).toBe(1)
})

test('a client that slept through four rotations follows the chain, keeps it, and lets go of the former keys', async () => {
  const device = await differing()
  device.server.key = modelKey(5)
  device.server.oldestKeyId = modelKey(5).keyId
  device.server.told = { endorsements: chainOf(1, 5), revocations: [] }
  const first = device.open()
  first.notice(device.server.tag)
  await device.untilEnded(first, 'resynced')
  await first.stop()
  expect(await device.cache.keyBook()).toMatchObject({ outKeyIds: ['k4', 'k3', 'k2', 'k1'], oldestKeyId: 'k5' })

  device.forget()
  device.server.signals = [aSignal({ signalId: 'signal-2' })]
  const second = device.open()
  second.notice(device.server.tag)
  await device.untilEnded(second, 'consistent', 'signal-2')
  expect(countOf(device, 'endorsements')).toBe(0)
})

test('answers of a key that nobody vouches for are none, the cache stays, and endorsements are asked for once in a while only (C6)', async () => {
  const device = await differing()
  const before = await device.held()
  device.server.key = modelKey(9)
  device.server.told = { endorsements: [endorsementOf(modelKey(9), modelKey(8))], revocations: [] }
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  const startedAtMs = device.clock.nowMs()
  await device.until(() => device.clock.nowMs() - startedAtMs >= 200_000)
  expect(tidegate.progress.problem).toContain('unknown key k9')
  expect(await device.held()).toEqual(before)
  const asked = device.server.calls.filter(({ name }) => name === 'endorsements').map(({ atMs }) => atMs)
  expect(asked.length).toBeGreaterThan(1)
  for (const [at, atMs] of asked.entries())
    if (at > 0) expect(atMs - (asked[at - 1] ?? 0)).toBeGreaterThanOrEqual(30_000)
})

test('a key that was stolen is trusted no longer by a client that knows its successor from the app', async () => {
  const device = await differing()
  const [k1, k2] = [modelKey(1), modelKey(2)]
  device.server.key = k2
  device.server.oldestKeyId = k2.keyId
  device.server.told = { endorsements: [], revocations: [revocationOf(k1)] }
  const tidegate = device.open({ guardKeys: [k1, k2] })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(await device.cache.keyBook()).toMatchObject({ outKeyIds: ['k1'] })

  device.server.key = k1
  device.server.signals = [aSignal({ signalId: 'signal-2' })]
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.problem?.includes('unknown key k1') === true, 'the refusal of k1')
})
