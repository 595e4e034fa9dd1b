import type { InForceRequest } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

async function withSignals(count: number) {
  const device = new PretendDevice()
  const tidegate = await device.loaded(50)
  device.server.signals = Array.from({ length: count }, (_, at) => aSignal({ signalId: `signal-${at + 1}` }))
  tidegate.notice(device.server.tag)
  const questions = () =>
    device.server.calls.flatMap(({ name, request }) => (name === 'inForce' ? [request as InForceRequest] : [])) // the only request of that name
  return { device, tidegate, questions }
}

test.each([17, 33, 48])('of %i signals in force each is heard and completed, once', async (count) => {
  const { device, tidegate } = await withSignals(count)
  await device.untilEnded(tidegate, 'consistent', `signal-${count}`)
  await device.clock.advance(60_000)
  const reported = device.server.reports.map(({ signalId }) => signalId)
  expect(new Set(reported).size).toBe(count)
  expect(reported).toHaveLength(count)
  expect(tidegate.progress.state).toBe('current')
})

test('up to fifteen signals no question names any, before and after they are completed', async () => {
  const { device, tidegate, questions } = await withSignals(15)
  await device.untilEnded(tidegate, 'consistent', 'signal-15')
  device.server.signals = device.server.signals.slice(1)
  tidegate.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(questions().length).toBeGreaterThan(1)
  expect(questions().filter(({ completedSignals }) => completedSignals !== undefined)).toEqual([])
})

test('a resync of the seventeenth signal goes on over its confirmations, which name the sixteen that are done (C2)', async () => {
  const { device, tidegate } = await withSignals(16)
  await device.untilEnded(tidegate, 'consistent', 'signal-16')
  device.forgetHistory()
  for (let at = 1; at <= 40; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes: 1_000 })
  device.server.grant = { bytesPerSecond: 1_000, termMs: 10_000, pageBytes: 2_000, concurrency: 2 }
  device.server.signals = [...device.server.signals, aSignal({ signalId: 'signal-17' })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced', 'signal-17')
  expect(await device.held()).toEqual(device.truth())
})

test.each([
  ['of a guard that leaves nothing out', { leavesOut: false }],
  ['of a guard that has the client observe', { clientMode: 'observe' }],
  ['of more signals than both limits allow', { count: 60 }],
] as const)('the answers %s are not asked for again and again', async (_what, odd) => {
  const { device, questions } = await withSignals('count' in odd ? odd.count : 20)
  if ('leavesOut' in odd) device.server.leavesOut = odd.leavesOut
  if ('clientMode' in odd) device.server.clientMode = odd.clientMode
  await device.clock.advance(600_000)
  expect(questions().length).toBeLessThan(10)
})
