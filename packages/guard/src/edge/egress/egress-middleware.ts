import type { IncomingMessage, ServerResponse } from 'node:http'
import { DENIALS, Denied, retryAfterMsOf } from '@tidegate/protocol'
import type { Egress, OpenRequest } from '../../egress/egress.ts'
import { holdResponse } from './held-response.ts'
import { HEADERS_OF_BYTES, type HttpAnswer, type HttpStream, holdsPage, screenedText } from './http-stream.ts'

export interface EgressMiddlewareOptions extends HttpStream<IncomingMessage> {
  /** Told why a page could not leave, which is then answered 500. Default: the guard's log. */
  readonly onError?: (error: unknown) => void
}

export type NodeMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Puts existing Node handlers behind an egress, whatever framework they belong to: what they send is held until it is
 * known to be allowed. It has to come before whatever reads the request's URL, and inside of whatever compresses.
 *
 * ```ts
 * app.use(egressMiddleware(egress, { read, withCursor })) // Express
 * Fastify({ serverFactory: (handler) => createServer((req, res) => middleware(req, res, () => handler(req, res))) })
 * ```
 */
export function egressMiddleware<Page>(egress: Egress<Page>, options: EgressMiddlewareOptions): NodeMiddleware {
  const { read, withCursor, onError = egress.fail } = options

  async function begin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host') // only path and query are the request's
    const asked = await read(request, url)
    if (asked === null) return
    const open = egress.open(asked)
    if (open.cursor !== null && open.cursor !== asked.cursor) {
      const { pathname, search } = withCursor(url, open.cursor)
      request.url = pathname + search
    }
    holdResponse(response, ({ body }) => void finish(open, response, body).catch((error) => fail(response, error)))
  }

  function fail(response: ServerResponse, error: unknown): void {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    if (error instanceof Denied) {
      deny(response, error)
      return
    }
    onError(error)
    response.statusCode = 500
    response.end()
  }

  return (request, response, next) => void begin(request, response).then(() => next(), next)
}

async function finish<Page>(open: OpenRequest<Page>, response: ServerResponse, body: Buffer): Promise<void> {
  const answer = answerOf(response)
  const rewritten = holdsPage(open, answer) ? await screenedText(open, answer, body.toString('utf8')) : null
  if (rewritten === null) return void response.end(body)
  for (const name of HEADERS_OF_BYTES) response.removeHeader(name)
  // A rewritten page is for one client and one time only.
  response.setHeader('cache-control', 'private, no-store')
  response.setHeader('content-length', Buffer.byteLength(rewritten))
  response.end(rewritten)
}

function answerOf(response: ServerResponse): HttpAnswer {
  const header = (name: string) => response.getHeader(name)?.toString() ?? null
  return {
    status: response.statusCode,
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
  }
}

function deny(response: ServerResponse, { denial }: Denied): void {
  response.writeHead(DENIALS[denial.kind].httpStatus, {
    'content-type': 'application/json',
    'cache-control': 'private, no-store',
    'retry-after': String(Math.ceil((retryAfterMsOf(denial) ?? 0) / 1000)),
  })
  response.end(JSON.stringify(denial))
}
