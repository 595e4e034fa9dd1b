import { guardHttpHandler } from '@tidegate/guard/trpc'
import { pretendRandom } from '@tidegate/protocol/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryOf } from './arbitrary-of.ts'
import { CALLS, type Call, CLIENT_CALLS } from './calls.ts'
import { callerOf, openHouse } from './house.ts'
import { expectSoundLedger } from './invariants.ts'
import { type HttpQuestion, LoopbackHttp } from './loopback-http.ts'
import { report, seed } from './seed.ts'

const calls = Object.keys(CALLS) as Call[] // its keys, by its type
const MEGABYTES = 1024 * 1024
const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000)

/** What may stand in a request's place: bodies and headers that no JSON of ours ever has. `good` is a body that one would have. */
const FORMS: Readonly<
  Record<string, (good: string, at: number) => Partial<Omit<HttpQuestion, 'body'>> & { body?: string | Buffer }>
> = {
  'a body that is empty': () => ({ body: '' }),
  'a body that is not JSON': () => ({ body: 'the tide is in' }),
  'a body that is cut off': (good, at) => ({ body: good.slice(0, Math.max(1, Math.floor(good.length * at))) }),
  'a body with a byte of its middle gone': (good, at) => ({
    body: good.slice(0, Math.floor(good.length * at)) + good.slice(Math.floor(good.length * at) + 1),
  }),
  'a body with a NUL byte in it': (good, at) => ({
    body: `${good.slice(0, Math.floor(good.length * at))}\0${good.slice(Math.floor(good.length * at))}`,
  }),
  'a body that is not UTF-8': () => ({
    body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
  }),
  'a body that is one number': () => ({ body: '1e400' }),
  'a list instead of an object': (good) => ({ body: `[${good}]` }),
  'lists in lists without end': () => ({ body: deep('[', ']') }),
  'objects in objects without end': () => ({ body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` }),
  'fields that come twice': (good) => ({
    body: good.replace('{', '{"protocol":99,"accountId":"ben","reason":"","reason":" ",'),
  }),
  'fields that objects have by birth': () => ({
    body: '{"__proto__":{"roles":["operator"]},"constructor":{"prototype":{"x":1}}}',
  }),
  'a text of ten megabytes': () => ({ body: JSON.stringify({ reason: 'x'.repeat(10 * MEGABYTES) }) }),
  'another content type': (good) => ({ headers: { 'content-type': 'text/plain' }, body: good }),
  'a form': () => ({ headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x\r\nnot a part' }),
  'a content type that is none': (good) => ({ headers: { 'content-type': ';;;=,/' }, body: good }),
  'headers of a hundred kilobytes': (good) => ({ headers: { 'x-tide': 'x'.repeat(100_000) }, body: good }),
  'another method': (good) => ({ method: 'DELETE', body: good }),
  'an encoding that is none': (good) => ({
    headers: { 'content-encoding': 'tide', 'transfer-encoding': 'identity' },
    body: good,
  }),
}

const HEAVY: readonly string[] = [
  'a text of ten megabytes',
  'lists in lists without end',
  'objects in objects without end',
]

/** Refused before the body is read, so its rest may find nobody. */
const CLOSES: readonly string[] = [
  'a text of ten megabytes',
  'headers of a hundred kilobytes',
  'an encoding that is none',
]

test('whatever bytes stand in the place of a request, it is answered, never as a failure of ours, and the ledger stays sound', async () => {
  await using house = await openHouse()
  const handler = guardHttpHandler(house.guard, { identify: ({ headers }) => callerOf(headers.authorization) })
  using http = new LoopbackHttp((request, response) => void handler(request, response))
  const random = pretendRandom(seed)
  const answers: Record<string, number> = {}
  const faults: string[] = []
  for (const call of calls) {
    // A node that has not read its ledger for ten seconds says so, however the time passed.
    await house.guard.refresh()
    const key = CLIENT_CALLS.some((each) => each === call) ? 'ann' : 'olga'
    const [valid] = fc.sample(arbitraryOf(CALLS[call], {}), { seed, numRuns: 1 })
    const good = JSON.stringify(valid)
    for (const [what, form] of Object.entries(FORMS)) {
      const paths = [`/tidegate/${call}?batch=1`, ...(HEAVY.includes(what) ? [] : [`/tidegate/${call}`])]
      for (const path of paths) {
        const { headers, ...rest } = form(path.endsWith('1') ? `{"0":${good}}` : good, random())
        const usual = { authorization: key, 'content-type': 'application/json' }
        const asked = { method: 'POST', path, body: good, ...rest, headers: { ...usual, ...headers } }
        const { status, body } = await http.send(asked).catch((error: NodeJS.ErrnoException) => {
          // Whoever sends what is refused before it is read may find the line closed while still sending.
          if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return { status: 0, body: error.message }
          throw error
        })
        answers[status] = (answers[status] ?? 0) + 1
        if (status >= 500 || (status === 0 && !CLOSES.includes(what)))
          faults.push(`${status} ${body.slice(0, 300)} to ${what} for ${path}`)
      }
    }
  }
  report('raw bodies', answers)
  expect(faults).toEqual([])
  expect(house.errors).toEqual([])
  await expectSoundLedger(house)
})

test('a batch of a thousand calls is refused as a whole, also when each of them is allowed', async () => {
  await using house = await openHouse()
  const handler = guardHttpHandler(house.guard, { identify: ({ headers }) => callerOf(headers.authorization) })
  using http = new LoopbackHttp((request, response) => void handler(request, response))
  const names = Array.from({ length: 1_000 }, () => 'setModes').join(',')
  const body = JSON.stringify(
    Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [at, { guardMode: 'off', reason: 'a flood' }])),
  )
  const { status } = await http.post(`/tidegate/${names}?batch=1`, 'olga', body)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect((await house.olga.status({ onlyHeld: false })).guardMode).toBe('enforce')
  expect(house.errors).toEqual([])
})
