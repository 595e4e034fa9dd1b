import type { IncomingMessage, ServerResponse } from 'node:http'
import { DENIALS, type Denial, Denied, retryAfterMsOf } from '@tidegate/protocol'
import { createGuardRouter } from '@tidegate/protocol/router'
import type { TRPCError } from '@trpc/server'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import type { Guard } from '../../runtime/create-guard.ts'
import { guardContext, type Identify } from './guard-context.ts'
import { sendHints } from './hint-stream.ts'

export interface GuardHttpOptions {
  /** Who is asking. There is no default: nothing is open by itself. */
  readonly identify: Identify<IncomingMessage>
  /** Where the calls are: `POST <basePath>/inForce`. Starts with a slash and does not end with one. Default `/tidegate`. */
  readonly basePath?: string
  /** Largest request body in bytes; beyond it is 413. Default 1 MiB: named audiences beyond some 20,000 accounts belong in an outbox, or raise it. */
  readonly maxBodyBytes?: number
  /** Most calls in one batch; beyond it is 400. Default 16: each call is admitted by itself, and our client sends at most 10. */
  readonly maxBatchSize?: number
  /** How often a stream of hints says that it is still there, in milliseconds. Default 20 s: clients take a minute of silence for an end. */
  readonly heartbeatMs?: number
}

export const GUARD_HTTP_DEFAULTS = {
  basePath: '/tidegate',
  maxBodyBytes: 1024 * 1024,
  maxBatchSize: 16,
  heartbeatMs: 20_000,
}

/**
 * Serves a guard over Node's HTTP: its tRPC router under `basePath`, hints as Server-Sent Events at `<basePath>/hints`, a
 * JSON 404 for everything else. Queries may be sent
 * by POST, because the ids of a page do not fit into a URL. Answers are `private, no-store`: each is for one client.
 */
export function guardHttpHandler(
  guard: Pick<Guard, 'api' | 'hints'>,
  options: GuardHttpOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { identify, basePath, maxBodyBytes, maxBatchSize, heartbeatMs } = { ...GUARD_HTTP_DEFAULTS, ...options }
  if (!/^(\/[^/?#]+)+$/.test(basePath)) {
    throw new TypeError(`Cannot serve the guard under ${JSON.stringify(basePath)}: it must look like /tidegate`)
  }
  const router = createGuardRouter()
  const createContext = guardContext(guard, identify)

  return async (request, response) => {
    response.setHeader('Cache-Control', 'private, no-store')
    // Not parsed as a URL: a request line may hold what is none, '//' for instance.
    const [pathname = '/'] = (request.url ?? '/').split('?', 1)
    const notFound: Denial = { kind: 'not-found', what: pathname.slice(0, 200) }
    if (!pathname.startsWith(`${basePath}/`)) return sendDenial(response, notFound)
    if (pathname === `${basePath}/hints`) {
      if (request.method !== 'GET') return sendDenial(response, notFound)
      return sendHints(guard, await identify(request), request, response, heartbeatMs).catch((thrown: unknown) => {
        if (!(thrown instanceof Denied)) throw thrown
        sendDenial(response, thrown.denial)
      })
    }
    await nodeHTTPRequestHandler({
      router,
      req: request,
      res: response,
      path: pathname.slice(basePath.length + 1),
      createContext,
      maxBodySize: maxBodyBytes,
      maxBatchSize,
      allowMethodOverride: true,
      responseMeta: ({ errors }) => ({ headers: retryAfter(denialsOf(errors)) }),
    })
  }
}

/** A courtesy for whatever reads only headers: whole seconds, the longest delay of a batch. */
function retryAfter(denials: readonly Denial[]): Record<string, string> {
  const longestMs = Math.max(0, ...denials.map((denial) => retryAfterMsOf(denial) ?? 0))
  return longestMs > 0 ? { 'Retry-After': String(Math.ceil(longestMs / 1000)) } : {}
}

function denialsOf(errors: readonly TRPCError[]): Denial[] {
  return errors.flatMap(({ cause }) => (cause instanceof Denied ? [cause.denial] : []))
}

function sendDenial(response: ServerResponse, denial: Denial): void {
  response.writeHead(DENIALS[denial.kind].httpStatus, {
    'Content-Type': 'application/json',
    ...retryAfter([denial]),
  })
  response.end(JSON.stringify(denial))
}
