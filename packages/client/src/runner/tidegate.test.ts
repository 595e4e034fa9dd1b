import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

test('an empty cache is filled under a lease, newest first, and proven', async () => {
  const device = new PretendDevice(['messages', 'bodies'])
  const tidegate = await device.loaded(120)
  expect(await device.held('messages')).toEqual(device.truth('messages'))
  expect(await device.held('bodies')).toEqual(device.truth('bodies'))
  expect(tidegate.progress).toMatchObject({
    state: 'current',
    result: { outcome: 'resynced', asOf: { messages: 120, bodies: 120 } },
  })
})

test('a spurious reset of a mailbox whose every revision moved costs one exchange and no payload byte (C5)', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(100)
  for (const item of device.server.truth('messages').values()) {
    const { text } = item.payload as { text: string }
    device.server.put('messages', item.id, { ordinal: item.ordinal, text })
  }
  device.server.signals = [aSignal()]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  expect(device.server.calls.map(({ name }) => name)).toEqual(['inForce'])
  expect(device.server.fetchedBytes).toBe(0)
  await device.clock.advance(6_000)
  expect(device.server.reports.at(-1)).toMatchObject({ outcome: 'consistent', signalId: 'signal-1', fetchedBytes: 0 })
  tidegate.notice(device.server.tag)
  await device.clock.advance(1_000)
  expect(device.server.calls.filter(({ name }) => name === 'inForce')).toHaveLength(1)
})

test('a completed signal is not done again by the next life of the app (C5)', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(10)
  device.server.signals = [aSignal()]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  await tidegate.stop()
  device.forget()
  const next = device.open()
  next.notice(device.server.tag)
  await device.clock.advance(10_000)
  expect(device.server.calls.map(({ name }) => name)).toEqual(['inForce'])
  expect(next.progress).toMatchObject({ state: 'current', result: null })
})

test('twenty changed, ten new and eleven deleted mails are fetched exactly, and nothing else', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(300)
  device.forgetHistory()
  for (let at = 1; at <= 20; at++)
    device.server.put('messages', `messages-${at * 7}`, { ordinal: at * 7, text: `v2-${at}` })
  for (let at = 1; at <= 10; at++) device.server.put('messages', `new-${at}`, { ordinal: 300 + at, text: 'new' })
  for (let at = 1; at <= 11; at++) device.server.delete('messages', `messages-${at * 7 + 1}`)
  device.server.signals = [aSignal()]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds).toHaveLength(30)
  expect(new Set(device.server.fetchedIds).size).toBe(30)
  expect(await device.held()).toEqual(device.truth())
  expect(tidegate.progress.result).toMatchObject({
    itemCount: 41,
    bytes: 3_000,
    proofRounds: 1,
    asOf: { messages: 341 },
  })
})

test('a client that is merely behind catches up without a lease', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(300)
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2' })
  device.server.delete('messages', 'messages-200')
  device.server.signals = [aSignal()]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.calls.map(({ name }) => name)).not.toContain('requestLease')
  expect(device.server.fetchedIds).toHaveLength(20)
  expect(await device.held()).toEqual(device.truth())
})

test('a refetch draws every item anew, one by one, and never deletes first (C1)', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(100)
  const counts: number[] = []
  device.cache.subscribe(
    'messages',
    () => void device.cache.list('messages').then((items) => counts.push(items.length)),
  )
  device.server.signals = [aSignal({ action: 'refetch' })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds.toSorted()).toEqual(Object.keys(device.truth()).toSorted())
  expect(Math.min(...counts)).toBe(100)
})

test('digests of another scheme are not comparable, which is not the same as different', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(100)
  device.server.scheme = { algorithm: 'sha256-xor-128', saltId: 's2', salt: 'another' }
  device.server.signals = [aSignal()]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'consistent')
  expect(device.server.fetchedBytes).toBe(0)
})

test('what was deleted on the server goes only after the server, asked for it by id, said it is missing (C1)', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(100)
  device.forgetHistory()
  device.server.delete('messages', 'messages-5')
  device.server.put('messages', 'messages-50', { ordinal: 50, text: 'v2' })
  device.server.signals = [aSignal()]
  let heldWhenAsked: unknown = null
  device.server.onCall = async (name, request) => {
    if (name === 'fetch' && JSON.stringify(request).includes('"messages-5"'))
      heldWhenAsked = await device.cache.get('messages', 'messages-5')
  }
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(heldWhenAsked).toMatchObject({ id: 'messages-5' })
  expect(await device.cache.get('messages', 'messages-5')).toBeUndefined()
})

test('ordinary sync follows the changes without a lease, and takes one when there are many', async () => {
  const device = new PretendDevice()
  const tidegate = await device.loaded(200)
  device.server.put('messages', 'new-1', { ordinal: 201, text: 'hello' })
  expect(await tidegate.sync()).toMatchObject([{ outcome: 'in-step', asOf: 201, fetchedBytes: 100 }])
  for (let at = 1; at <= 80; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2' })
  let results: unknown = null
  void tidegate.sync().then((found) => {
    results = found
  })
  await device.until(() => results !== null)
  expect(results).toMatchObject([{ outcome: 'in-step', asOf: 281 }])
  expect(device.server.calls.filter(({ name }) => name === 'requestLease')).toHaveLength(1)
  expect(await device.held()).toEqual(device.truth())
})
