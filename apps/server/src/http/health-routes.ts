import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GuardHealth } from '@tidegate/guard'
import { sendDenial, sendJson } from './respond.ts'

/** Whether requests can be served; `starting` until the guard has read its ledger. */
export interface Readiness {
  readonly isReady: boolean
  readonly reasons: readonly ({ readonly kind: 'starting' } | GuardHealth['reasons'][number])[]
}

/** When a client may ask again while the server starts: about as long as one without an import takes. */
const START_RETRY_MS = 2_000

/**
 * For whatever runs this process, without a token: `GET /healthz` says that it is alive, and asks nobody. `GET /readyz` is
 * 200 or 503 with the reasons, from memory.
 *
 * @returns false when the path is neither
 */
export function answerHealthRoute(
  readiness: () => Readiness,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  if (path === '/healthz') {
    sendJson(response, 200, { isAlive: true })
    return true
  }
  if (path !== '/readyz') return false
  const { isReady, reasons } = readiness()
  sendJson(response, isReady ? 200 : 503, { isReady, reasons })
  return true
}

/** Answers while the server starts: alive, not ready, and nothing else. */
export function answerStarting(request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = (request.url ?? '').split('?', 1)
  const starting: Readiness = { isReady: false, reasons: [{ kind: 'starting' }] }
  if (answerHealthRoute(() => starting, request, response, path)) return
  sendDenial(response, { kind: 'unavailable', retryAfterMs: START_RETRY_MS })
}
