import { KeyId } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConsentChoice, ConsentQuestion } from '../core/consent.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal, type ModelServer } from '../testing-model/model-server.ts'

/** A loaded cache whose history is forgotten, and `count` items that differ from it. */
async function differing(count: number, bytes = 1_000) {
  const device = new PretendDevice()
  const tidegate = await device.loaded(200)
  await tidegate.stop()
  device.forgetHistory()
  for (let at = 1; at <= count; at++)
    device.server.put('messages', `messages-${at}`, { ordinal: at, text: 'v2', bytes })
  device.server.signals = [aSignal()]
  device.server.grant = { bytesPerSecond: 10_000, termMs: 10_000, pageBytes: 4_000, concurrency: 2 }
  device.forget()
  return device
}

type Tamper = ModelServer['tamper']
const TAMPERED: readonly (readonly [string, Tamper, number])[] = [
  [
    'with another payload',
    (_answer, signed) => ({ ...signed, payload: signed.payload.replace('verify', 'refetch') }),
    0,
  ],
  ['with another signature', (_answer, signed) => ({ ...signed, signature: `AA${signed.signature.slice(2)}` }), 0],
  ['by an unknown key', (_answer, signed) => ({ ...signed, keyId: KeyId.parse('k2') }), 0],
  ['that took longer than it is valid for', (_answer, signed) => signed, 11_000],
]

test.each(TAMPERED)(
  'an answer %s is no answer: the cache stays, nothing is fetched (C6)',
  async (_name, tamper, delayMs) => {
    const device = await differing(20)
    const before = await device.held()
    device.server.tamper = tamper
    device.server.onCall = async () => {
      if (delayMs > 0) device.clock.step(device.clock.nowMs() + delayMs)
    }
    const tidegate = device.open()
    tidegate.notice(device.server.tag)
    await device.until(() => tidegate.progress.state === 'noticed' && tidegate.progress.problem !== null)
    await device.clock.advance(60_000)
    expect(device.server.calls.every(({ name }) => name === 'inForce' || name === 'endorsements')).toBe(true)
    expect(device.server.calls.length).toBeLessThan(10)
    expect(await device.held()).toEqual(before)
    device.server.tamper = (_answer, signed) => signed
    device.server.onCall = () => {}
    await device.untilEnded(tidegate, 'resynced')
  },
)

test('an answer replayed to another question, client or account is no answer (C6)', async () => {
  const device = await differing(20)
  let first: Parameters<Tamper>[1] | null = null
  device.server.tamper = (_answer, signed) => {
    first ??= signed
    return device.server.calls.length > 1 ? first : { ...signed, signature: 'A'.repeat(86) }
  }
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(device.server.calls.length).toBeGreaterThan(1)
  expect(device.server.calls.every(({ name }) => name === 'inForce')).toBe(true)
})

test('beyond the budget a person is asked with the true figure; no answer and no handler mean waiting', async () => {
  const device = await differing(20)
  const questions: ConsentQuestion[] = []
  let answer: (choice: ConsentChoice) => void = () => {}
  const consent = (question: ConsentQuestion) => {
    questions.push(question)
    return new Promise<ConsentChoice>((resolve) => {
      answer = resolve
    })
  }
  const budget = { unmeteredBytes: 1_000, meteredBytes: 1_000 }
  const mute = device.open({ budget })
  mute.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(mute.progress).toMatchObject({
    state: 'asking',
    waitingFor: 'consent',
    differs: { itemCount: 20, bytes: 20_000 },
  })
  await mute.stop()
  const tidegate = device.open({ budget, consent })
  tidegate.notice(device.server.tag)
  await device.until(() => questions.length === 1)
  expect(questions[0]).toMatchObject({ bytes: 20_000, itemCount: 20, reason: 'new columns', signalId: 'signal-1' })
  expect(device.server.fetchedBytes).toBe(0)
  answer('now')
  await device.untilEnded(tidegate, 'resynced')
  expect(questions).toHaveLength(1)
})

test.each([
  [4, 1],
  [6, 2],
])('%i more items of twenty: asked %i times, because a quarter more is another question', async (more, times) => {
  const device = await differing(20)
  let askedCount = 0
  const consent = async (): Promise<ConsentChoice> => {
    askedCount++
    return 'now'
  }
  const tidegate = device.open({ budget: { unmeteredBytes: 1_000, meteredBytes: 1_000 }, consent })
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length >= 4)
  tidegate.pause()
  await device.until(() => tidegate.progress.state === 'paused')
  for (let at = 1; at <= more; at++)
    device.server.put('messages', `more-${at}`, { ordinal: 200 + at, text: 'm', bytes: 1_000 })
  tidegate.resume()
  await device.untilEnded(tidegate, 'resynced')
  expect(askedCount).toBe(times)
})

test('not now is told, and asked again only for a new version', async () => {
  const device = await differing(20)
  let askedCount = 0
  const consent = async (): Promise<ConsentChoice> => (++askedCount === 1 ? 'not-now' : 'now')
  const tidegate = device.open({ budget: { unmeteredBytes: 0, meteredBytes: 0 }, consent })
  tidegate.notice(device.server.tag)
  await device.until(() => tidegate.progress.state === 'declined')
  await device.clock.advance(60_000)
  expect(device.server.reports.map(({ outcome }) => outcome)).toContain('declined')
  expect(askedCount).toBe(1)
  device.server.signals = [aSignal({ version: 2 })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(askedCount).toBe(2)
})

test('on a metered network it waits for a free one when the person says so', async () => {
  const device = await differing(20)
  device.network.become({ cost: 'metered' })
  const tidegate = device.open({ budget: { meteredBytes: 0 }, consent: async () => 'on-unmetered' })
  tidegate.notice(device.server.tag)
  await device.clock.advance(60_000)
  expect(device.server.fetchedBytes).toBe(0)
  device.network.become({ cost: 'unmetered' })
  await device.untilEnded(tidegate, 'resynced')
})

test('whatever the pages weigh, no window draws more than its rate and one page (C4)', async () => {
  const rates = fc.record({
    bytesPerSecond: fc.integer({ min: 2_000, max: 40_000 }),
    cap: fc.option(fc.integer({ min: 1_000, max: 40_000 })),
  })
  await fc.assert(
    fc.asyncProperty(
      rates,
      fc.integer({ min: 100, max: 6_000 }),
      fc.boolean(),
      async ({ bytesPerSecond, cap }, bytes, fails) => {
        const device = await differing(25, bytes)
        device.server.grant = { ...device.server.grant, bytesPerSecond }
        const drawn: { atMs: number; bytes: number }[] = []
        let inFlight = 0
        const fetch: typeof device.server.api.fetch = async (request) => {
          expect(++inFlight).toBe(1)
          const atMs = device.clock.nowMs()
          await device.clock.sleep(30)
          inFlight--
          if (fails && drawn.length % 4 === 3 && drawn.at(-1)?.bytes !== 0) {
            drawn.push({ atMs, bytes: 0 })
            throw new TypeError('fetch failed')
          }
          const answer = await device.server.api.fetch(request)
          drawn.push({ atMs, bytes: answer.items.reduce((sum, item) => sum + item.payloadBytes, 0) })
          return answer
        }
        const tidegate = device.open({
          api: { ...device.server.api, fetch },
          ...(cap === null ? {} : { maxBytesPerSecond: cap }),
        })
        tidegate.notice(device.server.tag)
        await device.untilEnded(tidegate, 'resynced')
        const rate = Math.min(bytesPerSecond, cap ?? bytesPerSecond)
        for (const [first, from] of drawn.entries()) {
          let sum = 0
          for (const page of drawn.slice(first)) {
            sum += page.bytes
            expect(sum).toBeLessThanOrEqual((rate * (page.atMs - from.atMs)) / 1000 + page.bytes + 1)
          }
        }
        await tidegate.stop()
      },
    ),
    { numRuns: 12 },
  )
})

test('writes in every pause of a resync: what is old and true is always there, and the end is proven (C1, C8)', async () => {
  const device = await differing(60)
  const old = new Set(Object.keys(await device.held()))
  const tidegate = device.open()
  const random = pretendRandom(5)
  const missing: string[] = []
  const look = async () => {
    const held = new Set(Object.keys(await device.held()))
    for (const id of old) if (device.server.truth('messages').has(id) && !held.has(id)) missing.push(id)
  }
  device.cache.subscribe('messages', () => void look())
  let writeCount = 0
  device.server.onCall = (name) => {
    if (name === 'report' || name === 'endLease' || writeCount > 600) return
    for (let at = 0; at < 5; at++) {
      writeCount++
      const ordinal = Math.ceil(random() * 200)
      if (random() < 0.1) device.server.delete('messages', `messages-${ordinal}`)
      else
        device.server.put('messages', random() < 0.2 ? `new-${writeCount}` : `messages-${ordinal}`, {
          ordinal: random() < 0.2 ? 200 + writeCount : ordinal,
          text: `w${writeCount}`,
        })
    }
  }
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(missing).toEqual([])
  expect(tidegate.progress.result?.proofRounds).toBeLessThanOrEqual(2)
  const { asOf } = tidegate.progress.result ?? {}
  expect(asOf?.messages).toBeGreaterThan(200)
  device.server.onCall = () => {}
  await tidegate.sync()
  expect(await device.held()).toEqual(device.truth())
})

test('a mailbox that never proves equal ends stuck after three rounds, with the ids (C8)', async () => {
  const device = await differing(5)
  const { api } = device.server
  const tidegate = device.open({
    api: {
      ...api,
      fetch: async (request) => {
        const answer = await api.fetch(request)
        return {
          ...answer,
          items: answer.items.map((item) => ({ ...item, contentHash: `broken-${item.contentHash}` as never })),
        }
      },
    },
  })
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'stuck')
  expect(tidegate.progress.missingIds.toSorted()).toEqual([1, 2, 3, 4, 5].map((at) => `messages-${at}`))
  expect(tidegate.progress.result?.proofRounds).toBe(3)
  expect(await device.cache.completed()).toEqual([])
})

test('pending local writes survive a resync that rewrites everything around them (C3)', async () => {
  const device = await differing(60)
  await device.cache.stage({ writeId: 'draft', collection: 'messages', payload: { text: 'half a sentence' } })
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(await device.cache.pendingWrites()).toEqual([
    { writeId: 'draft', collection: 'messages', payload: { text: 'half a sentence' } },
  ])
})

test('observing says what would be fetched and fetches nothing', async () => {
  const device = await differing(20)
  device.server.clientMode = 'observe'
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'observed')
  expect(tidegate.progress.result?.differs).toEqual({ itemCount: 20, bytes: 20_000 })
  expect(device.server.calls.map(({ name }) => name)).not.toContain('fetch')
})

test('switched off under way by the operator, it stops and stays off until an answer says otherwise', async () => {
  const device = await differing(40)
  device.server.validForMs = 1_000
  const tidegate = device.open()
  tidegate.notice(device.server.tag)
  await device.until(() => device.server.fetchedIds.length > 8)
  device.server.clientMode = 'off'
  await device.untilEnded(tidegate, 'stopped')
  expect(tidegate.progress.state).toBe('off')
  device.server.clientMode = 'enforce'
  device.server.signals = [aSignal({ version: 2 })]
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
})

test('what is on screen comes first, then the newest', async () => {
  const device = await differing(40)
  const tidegate = device.open()
  tidegate.prioritise(['messages-3', 'messages-7'])
  tidegate.notice(device.server.tag)
  await device.untilEnded(tidegate, 'resynced')
  expect(device.server.fetchedIds.slice(0, 4)).toEqual(['messages-3', 'messages-7', 'messages-40', 'messages-39'])
})
