import { createServer } from 'node:http'
import { Actor, Denial, PROTOCOL_VERSION, retryAfterMsOf } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ann, GuardScene, phone } from '../../runtime/testing/guard-scene.ts'
import { guardHttpHandler } from './guard-http-handler.ts'

const Answer = z.object({ error: z.object({ data: z.object({ tidegate: Denial }) }) })

const ci = Actor.parse('ci')

const Leak = z.object({ error: z.object({ message: z.string() }) })

const question = {
  protocol: PROTOCOL_VERSION,
  accountId: ann,
  client: phone,
  nonce: '0123456789abcdef',
  cachedBytes: 0,
}

test('a client asks over HTTP, and no cache on the way may keep its answer', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann])
  await using server = await served(scene)
  const response = await server.post('/tidegate/inForce', question, 'ann')
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(await response.json()).toMatchObject({ result: { data: { payload: expect.stringContaining('labels') } } })
})

test('nobody without a login, and nobody with an unknown one, is answered', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  for (const login of [undefined, 'stranger']) {
    const response = await server.post('/tidegate/inForce', question, login)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { data: { tidegate: { kind: 'not-identified' } } } })
  }
})

test('an error tells nothing of the files that it came from', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  for (const path of ['/tidegate/inForce', '/tidegate/nothing', '/tidegate/inForce,digests?batch=1']) {
    const response = await server.post(path, { a: 1 }, 'ann')
    expect(response.ok).toBe(false)
    expect(await response.text()).not.toMatch(/stack|\.ts:|\.js:/)
  }
})

test('a denial carries its delay in the error, and in the header as a courtesy', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  await scene.staff.setModes({ clientMode: 'observe', reason: 'look first' })
  await using server = await served(scene)
  const ask = { protocol: 1, client: phone, purpose: { kind: 'signal', signalId, version: 1 }, wantBytes: 1 }
  const response = await server.post('/tidegate/requestLease', ask, 'ann')
  expect(response.status).toBe(503)
  const { error } = Answer.parse(await response.json())
  expect(error.data.tidegate).toEqual({ kind: 'switched-off', retryAfterMs: expect.any(Number) })
  expect(Number(response.headers.get('retry-after'))).toBe(Math.ceil((retryAfterMsOf(error.data.tidegate) ?? 0) / 1000))
})

test('a batch answers call by call, and one that is too large is refused', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  const two = await server.post('/tidegate/inForce,digests?batch=1', { 0: question, 1: {} }, 'ann')
  expect(two.status).toBe(207)
  expect(await two.json()).toMatchObject([{ result: {} }, { error: { data: { tidegate: { kind: 'invalid' } } } }])
  const calls = Array.from({ length: 17 }, () => 'inForce').join(',')
  expect((await server.post(`/tidegate/${calls}?batch=1`, {}, 'ann')).status).toBe(400)
})

test('a batch pays for each of its calls, so that nobody can smuggle a thousand proposals past the limit of a token', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  const calls = Array.from({ length: 16 }, () => 'status').join(',')
  const inputs = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [at, {}]))
  const batch = async () => {
    const response = await server.post(`/tidegate/${calls}?batch=1`, inputs, 'ci')
    return z.array(z.union([Answer, z.object({ result: z.object({}) })])).parse(await response.json())
  }
  const answers = (await Promise.all(Array.from({ length: 13 }, batch))).flat()
  const denied = answers.flatMap((answer) => ('error' in answer ? [answer.error.data.tidegate] : []))
  expect(answers).toHaveLength(208)
  expect(denied).toHaveLength(8)
  expect(denied[0]).toEqual({ kind: 'rate-limited', retryAfterMs: 50 })

  await scene.clock.advance(50)
  expect((await batch()).filter((answer) => 'result' in answer)).toHaveLength(1)
  // Nobody else waits for it.
  await expect(scene.staff.status({ onlyHeld: false })).resolves.toBeDefined()
})

test('a body larger than allowed is cut off, and what is not JSON is a mistake of the caller', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  const large = { ...question, padding: 'x'.repeat(1024 * 1024) }
  expect((await server.post('/tidegate/inForce', large, 'ann')).status).toBe(413)
  expect((await server.post('/tidegate/inForce', '{"protocol":', 'ann')).status).toBe(400)
})

test('what broke inside is logged here and not told to clients', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  scene.source.failure = new Error('relation "secret" does not exist')
  await scene.clock.advance(1_000)
  const response = await server.post('/tidegate/fetch', { collection: 'messages', ids: ['message-1'] }, 'ann')
  expect(response.status).toBe(500)
  expect(Leak.parse(await response.json()).error.message).not.toContain('secret')
  expect(scene.logged).toMatchObject([
    { event: 'call.failed', fields: { call: 'fetch', account: expect.stringMatching(/^account:[0-9a-f]{8}$/) } },
  ])
})

test('anything else is a JSON 404', async () => {
  await using scene = await GuardScene.open()
  await using server = await served(scene)
  for (const path of ['/', '/tidegate', '/tidegateX/inForce', '//', '/%E0%A4', '/tidegate/noSuchCall']) {
    const response = await server.post(path, question, 'ann')
    expect(response.status, path).toBe(404)
    expect(response.headers.get('content-type'), path).toContain('application/json')
  }
})

test('a path that could never match is refused when the handler is made', async () => {
  await using scene = await GuardScene.open()
  expect(() => guardHttpHandler(scene.guard, { identify: () => null, basePath: 'tidegate/' })).toThrow('/tidegate')
})

async function served(scene: GuardScene) {
  const handle = guardHttpHandler(scene.guard, {
    identify: ({ headers }) => {
      if (headers.authorization === 'ci') return { kind: 'staff', actor: ci, roles: ['viewer'], isLimited: true }
      return headers.authorization === 'ann' ? { kind: 'client', accountId: ann } : null
    },
  })
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return {
    post: (path: string, body: object | string, authorization?: string) =>
      fetch(`http://127.0.0.1:${address.port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
