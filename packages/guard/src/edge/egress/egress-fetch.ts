import { Denied } from '@tidegate/protocol'
import type { Egress, OpenRequest } from '../../egress/egress.ts'
import { deniedResponse } from '../http/denied-response.ts'
import {
  HEADERS_OF_BYTES,
  HEADERS_OF_PARTS,
  type HttpAnswer,
  type HttpStream,
  holdsPage,
  needsWholePage,
  screenedText,
} from './http-stream.ts'

/**
 * Puts an existing Fetch handler behind an egress: of a whole app, or of its event route alone. What it is called with
 * beside the request goes on to the handler.
 *
 * ```ts
 * serve({ fetch: egressFetch(egress, { read, withCursor }, app.fetch) }) // Hono on Node
 * ```
 *
 * @throws (the function it gives) TypeError for a page that is not plain JSON, because its flags cannot be seen
 */
export function egressFetch<Page, Rest extends readonly unknown[]>(
  egress: Egress<Page>,
  stream: HttpStream<Request>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const url = new URL(request.url)
    const asked = await stream.read(request, url)
    if (asked === null) return handler(request, ...rest)
    const open = egress.open(asked)
    const { cursor } = open
    const isMarked = cursor !== null && cursor !== asked.cursor
    const unmarked = isMarked ? new Request(stream.withCursor(url, cursor), request) : request
    if (request.method === 'HEAD') return handler(unmarked, ...rest) // there is no page to look at
    const response = await handler(ofWholePage(open, unmarked), ...rest)
    if (!holdsPage(open, answerOf(response))) return response
    const text = await response.clone().text()
    try {
      const rewritten = await screenedText(open, text)
      const { status, statusText } = response
      return rewritten === null
        ? response
        : new Response(rewritten, { status, statusText, headers: headersFor(response) })
    } catch (error) {
      if (error instanceof Denied) return deniedResponse(error)
      throw error
    }
  }
}

function ofWholePage(open: OpenRequest<unknown>, request: Request): Request {
  if (!needsWholePage(open) || !HEADERS_OF_PARTS.some((name) => request.headers.has(name))) return request
  const whole = new Request(request)
  for (const name of HEADERS_OF_PARTS) whole.headers.delete(name)
  return whole
}

function answerOf({ status, headers }: Response): HttpAnswer {
  return { status, contentType: headers.get('content-type'), contentEncoding: headers.get('content-encoding') }
}

/** A rewritten page is for one client and one time only. */
function headersFor(response: Response): Headers {
  const headers = new Headers(response.headers)
  for (const name of HEADERS_OF_BYTES) headers.delete(name)
  headers.set('cache-control', 'private, no-store')
  return headers
}
