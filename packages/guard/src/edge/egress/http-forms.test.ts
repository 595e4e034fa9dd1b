import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { Egress } from '../../egress/egress.ts'
import { egressFetch } from './egress-fetch.ts'
import { egressMiddleware } from './egress-middleware.ts'

interface Page {
  readonly text: string
}

/** Changes a page that asks for it, refuses one that asks for that, and says how strict it is. */
function anEgress(mustRead: 'must' | 'may' | 'not' = 'must'): Egress<Page> {
  return {
    fail: () => undefined,
    open: ({ cursor }) => ({
      cursor: cursor === 'marked' ? 'plain' : cursor,
      mustRead: () => mustRead,
      screen(page) {
        if (page.text === 'refuse') throw new Denied({ kind: 'unavailable', retryAfterMs: 2_500 })
        return page.text === 'change' ? { text: 'chänged' } : page
      },
    }),
  }
}

const read = (_: unknown, url: URL) =>
  url.pathname === '/events'
    ? { client: { accountId: 'ann', sessionId: 's' }, cursor: url.searchParams.get('after') }
    : null

const withCursor = (url: URL, cursor: string) => {
  url.searchParams.set('after', cursor)
  return url
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

interface HostAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: string | Uint8Array<ArrayBuffer>
}

type Host = (target: string, request: { readonly headers: Headers }) => HostAnswer

/** With which a client says what it has, or how much it wants. */
const PARTS = ['if-none-match', 'if-modified-since', 'range']

/** Both forms, as something that answers a GET; `host` answers with what it was asked for. */
const FORMS = {
  async fetch(egress: Egress<Page>, host: Host, target: string, init?: RequestInit): Promise<Answer> {
    const handler = egressFetch(egress, { read, withCursor }, (request) => {
      const { pathname, search } = new URL(request.url)
      const { body, status = 200, headers } = host(pathname + search, request)
      return new Response(status === 304 || request.method === 'HEAD' ? null : body, {
        status,
        headers: { ...JSON_HEADERS, ...headers },
      })
    })
    try {
      return await answerOf(await handler(new Request(`http://host${target}`, init)))
    } catch (error) {
      return { status: 500, headers: {}, body: String(error) }
    }
  },
  async node(egress: Egress<Page>, host: Host, target: string, init?: RequestInit): Promise<Answer> {
    const errors: unknown[] = []
    const middleware = egressMiddleware(egress, { read, withCursor, onError: (error) => errors.push(error) })
    const listener: RequestListener = (request, response) =>
      middleware(request, response, () => {
        const {
          body,
          status = 200,
          headers,
        } = host(request.url ?? '', { headers: new Headers(request.headers as Record<string, string>) }) // none is repeated
        const bytes = Buffer.from(body)
        response.writeHead(status, { ...JSON_HEADERS, ...headers })
        // In pieces, as a stream would, within a character.
        response.write(bytes.subarray(0, 11))
        response.end(bytes.subarray(11))
      })
    await using server = await listening(listener)
    const answer = await answerOf(await fetch(`${server.url}${target}`, init))
    return errors.length > 0 ? { ...answer, body: String(errors[0]) } : answer
  },
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' }
const page = (text: string) => JSON.stringify({ text })

test.each(Object.entries(FORMS))(
  '%s: a page with nothing to change leaves byte for byte, with its own headers',
  async (_, form) => {
    const body = '{ "text" : "kept – as it is" }'
    const answer = await form(
      anEgress(),
      () => ({ body, headers: { etag: '"1"', 'cache-control': 'max-age=5' } }),
      '/events?after=c',
    )
    expect(answer).toMatchObject({ status: 200, body, headers: { etag: '"1"', 'cache-control': 'max-age=5' } })
  },
)

test.each(Object.entries(FORMS))(
  '%s: a rewritten page carries no header of the bytes it was, and is private',
  async (_, form) => {
    const headers = { etag: '"1"', 'x-own': 'yes', 'last-modified': 'Tue, 25 Jul 2023 11:40:00 GMT' }
    const answer = await form(anEgress(), () => ({ body: page('change'), headers }), '/events?after=c')
    expect(answer).toMatchObject({ status: 200, body: page('chänged') })
    expect(answer.headers).toMatchObject({ 'x-own': 'yes', 'cache-control': 'private, no-store' })
    expect(answer.headers).not.toHaveProperty('etag')
    expect(answer.headers).not.toHaveProperty('last-modified')
  },
)

test.each(Object.entries(FORMS))(
  '%s: the host is asked with its own cursor, and other routes as ever',
  async (_, form) => {
    const asked: string[] = []
    const host = (target: string) => {
      asked.push(target)
      return { body: page('change') }
    }
    await form(anEgress(), host, '/events?limit=5&after=marked')
    expect((await form(anEgress(), host, '/folders?after=marked')).body).toBe(page('change'))
    expect(asked).toEqual(['/events?limit=5&after=plain', '/folders?after=marked'])
  },
)

test.each(Object.entries(FORMS))('%s: a page is screened whatever success its status tells', async (_, form) => {
  const answer = await form(anEgress(), () => ({ status: 203, body: page('change') }), '/events?after=c')
  expect(answer).toMatchObject({ status: 203, body: page('chänged') })
})

test.each(Object.entries(FORMS))(
  '%s: a client that has the page, or asks for a part of it, gets it whole: a quiet page must not keep a flag from it',
  async (_, form) => {
    const host = (_target: string, headers: Headers) => (PARTS.some((name) => headers.has(name)) ? { status: 304 } : {})
    const ask = (mustRead: 'must' | 'may') =>
      form(
        anEgress(mustRead),
        (target, given) => ({ body: page('change'), ...host(target, given.headers) }),
        '/events?after=c',
        {
          headers: Object.fromEntries(PARTS.map((name) => [name, '"1"'])),
        },
      )
    expect(await ask('must')).toMatchObject({ status: 200, body: page('chänged') })
    expect((await ask('may')).status).toBe(304)
  },
)

test.each(Object.entries(FORMS))('%s: there is nothing to look at in the answer to a HEAD', async (_, form) => {
  const headers = { etag: '"1"' }
  const answer = await form(anEgress(), () => ({ body: '', headers }), '/events?after=c', { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, headers })
})

test.each(Object.entries(FORMS))('%s: an error of the host passes as it is', async (_, form) => {
  const answer = await form(anEgress(), () => ({ status: 404, body: page('change') }), '/events?after=c')
  expect(answer).toMatchObject({ status: 404, body: page('change') })
})

test.each(Object.entries(FORMS))(
  '%s: a page that cannot be sent is a 503 that says when to come back',
  async (_, form) => {
    const answer = await form(anEgress(), () => ({ body: page('refuse') }), '/events')
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '3', 'cache-control': 'private, no-store' } })
    expect(JSON.parse(answer.body)).toEqual({ kind: 'unavailable', retryAfterMs: 2_500 })
  },
)

const UNREADABLE: readonly [string, HostAnswer][] = [
  ['compressed', { body: gzipSync(page('x')), headers: { 'content-encoding': 'gzip' } }],
  ['of another type', { body: page('x'), headers: { 'content-type': 'text/plain' } }],
  ['a part', { status: 206, body: page('x') }],
  ['cut short', { body: '{"text":"chan' }],
]

test.each(
  Object.entries(FORMS).flatMap(([name, form]) => UNREADABLE.map(([how, host]) => ({ name, form, how, host }))),
)('$name: a page that is $how does not leave unread, unless the guard only looks on', async ({ form, host }) => {
  expect((await form(anEgress('must'), () => host, '/events?after=c')).status).toBe(500)
  const { status = 200 } = host
  expect((await form(anEgress('may'), () => host, '/events?after=c')).status).toBe(status)
  expect((await form(anEgress('not'), () => host, '/events?after=c')).status).toBe(status)
})

test('a login that fails in the middleware goes to the host’s own error handling', async () => {
  const failing = () => Promise.reject(new Error('no login'))
  const middleware = egressMiddleware(anEgress(), { read: failing, withCursor })
  await using server = await listening((request, response) =>
    middleware(request, response, (error) => response.writeHead(error ? 401 : 200).end()),
  )
  expect((await fetch(`${server.url}/events`)).status).toBe(401)
})

test('a host may write its head as Node lets it: with a message, as pairs, as one flat list', async () => {
  const heads: ((response: Parameters<RequestListener>[1]) => void)[] = [
    (response) => response.writeHead(200, 'Fine', { 'content-type': 'application/json', 'x-own': 'yes' }),
    (response) => response.writeHead(200, ['content-type', 'application/json', 'x-own', 'yes']),
    (response) => response.setHeader('content-type', 'application/json').setHeader('x-own', 'yes'),
  ]
  for (const head of heads) {
    const middleware = egressMiddleware(anEgress(), { read, withCursor })
    await using server = await listening((request, response) =>
      middleware(request, response, () => {
        head(response)
        response.flushHeaders()
        response.end(page('change'), 'utf8', () => undefined)
      }),
    )
    const answer = await answerOf(await fetch(`${server.url}/events?after=c`))
    expect(answer).toMatchObject({ status: 200, body: page('chänged'), headers: { 'x-own': 'yes' } })
  }
})

/** A server behind the middleware whose handler is the test's; what it answers, and what the middleware was told. */
async function answeredBy(handler: RequestListener, mustRead: 'must' | 'may' = 'must') {
  const errors: unknown[] = []
  const middleware = egressMiddleware(anEgress(mustRead), { read, withCursor, onError: (error) => errors.push(error) })
  await using server = await listening((request, response) =>
    middleware(request, response, () => handler(request, response)),
  )
  const answer = await fetch(`${server.url}/events?after=c`).then(answerOf, () => null)
  return { answer, errors }
}

test('what a handler writes after it has ended a page is not sent, and does not keep the page from leaving', async () => {
  const { answer, errors } = await answeredBy((_, response) => {
    response.writeHead(200, JSON_HEADERS)
    response.end(page('change'))
    response.write(page('change'))
    response.end()
  })
  expect(answer).toMatchObject({ status: 200, body: page('chänged') })
  expect(errors).toEqual([])
})

test('a handler that fails in the middle of a page sees that its head is gone, and nothing of the page leaves', async () => {
  const { answer } = await answeredBy((_, response) => {
    response.writeHead(200, JSON_HEADERS)
    response.write('{"text":"cha')
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end('failed')
  })
  expect(answer).toBeNull()
})

test('headers of how the host would have sent the page do not contradict the length of the rewritten one', async () => {
  const { answer } = await answeredBy((_, response) => {
    response.writeHead(200, { ...JSON_HEADERS, 'transfer-encoding': 'chunked', trailer: 'x-sum' })
    response.write(page('change'))
    response.addTrailers({ 'x-sum': '1' })
    response.end()
  })
  expect(answer).toMatchObject({ status: 200, body: page('chänged'), headers: { 'content-length': '19' } })
  expect(answer?.headers).not.toHaveProperty('trailer')
})

test('a stream without an end is refused when it begins, and goes on where the guard only looks on', async () => {
  const endless: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
  }
  const { answer, errors } = await answeredBy(endless)
  expect(answer?.status).toBe(500)
  expect(String(errors[0])).toContain('Cannot guard a page of type text/event-stream: it must be JSON')

  const middleware = egressMiddleware(anEgress('may'), { read, withCursor })
  await using server = await listening((request, response) =>
    middleware(request, response, () => endless(request, response)),
  )
  const reader = (await fetch(`${server.url}/events?after=c`)).body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: 1\n\n')
  await reader?.cancel()
  const stream = new ReadableStream()
  const handler = egressFetch(
    anEgress(),
    { read, withCursor },
    () => new Response(stream, { headers: { 'content-type': 'text/event-stream' } }),
  )
  await expect(handler(new Request('http://host/events?after=c'))).rejects.toThrow('it must be JSON')
})

test('a header that is named twice in a list is sent twice', async () => {
  const { answer } = await answeredBy((_, response) => {
    response.writeHead(200, ['content-type', 'application/json', 'x-own', 'a', 'X-Own', 'b'])
    response.end(page('keep'))
  })
  expect(answer?.headers['x-own']).toBe('a, b')
})

async function answerOf(response: Response): Promise<Answer> {
  const headers = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text().catch(() => '') }
}

async function listening(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
