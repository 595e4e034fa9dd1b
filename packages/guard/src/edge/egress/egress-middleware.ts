import type { IncomingMessage, ServerResponse } from 'node:http'
import { Denied } from '@tidegate/protocol'
import type { Egress, OpenRequest } from '../../egress/egress.ts'
import { writeDenial } from '../http/denied-response.ts'
import { holdResponse } from './held-response.ts'
import {
  HEADERS_OF_BYTES,
  HEADERS_OF_PARTS,
  type HttpAnswer,
  type HttpStream,
  holdsPage,
  needsWholePage,
  screenedText,
} from './http-stream.ts'

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
    if (request.method === 'HEAD') return // there is no page to look at
    if (needsWholePage(open)) for (const name of HEADERS_OF_PARTS) delete request.headers[name]
    const failed = (error: unknown) => fail(response, send, error)
    const send = holdResponse(response, {
      begun: () => (holdsPage(open, answerOf(response)) ? 'hold' : 'pass'),
      ended: (body) => void finish(open, response, send, body).catch(failed),
      failed,
    })
  }

  function fail(response: ServerResponse, send: Send, error: unknown): void {
    if (response.destroyed) return
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    if (error instanceof Denied) {
      send(writeDenial(response, error))
      return
    }
    onError(error)
    response.statusCode = 500
    send('')
  }

  return (request, response, next) => void begin(request, response).then(() => next(), next)
}

/** Sends the head that is on the response, and a body. */
type Send = (body: Buffer | string) => void

async function finish<Page>(
  open: OpenRequest<Page>,
  response: ServerResponse,
  send: Send,
  body: Buffer,
): Promise<void> {
  const rewritten = await screenedText(open, new TextDecoder().decode(body))
  if (rewritten === null) return send(body)
  for (const name of HEADERS_OF_BYTES) response.removeHeader(name)
  // A rewritten page is for one client and one time only.
  response.setHeader('cache-control', 'private, no-store')
  response.setHeader('content-length', Buffer.byteLength(rewritten))
  send(rewritten)
}

function answerOf(response: ServerResponse): HttpAnswer {
  const header = (name: string) => response.getHeader(name)?.toString() ?? null
  return {
    status: response.statusCode,
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
  }
}
