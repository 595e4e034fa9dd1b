import { Denied } from '@tidegate/protocol'
import type { Guard } from '../../runtime/create-guard.ts'
import type { OperationAsk } from '../../runtime/operation.ts'
import { deniedResponse } from '../http/denied-response.ts'

/**
 * Puts a Fetch handler behind the admission of its storage. A request that there is no room for is answered 429 with
 * `Retry-After` before the handler sees it; the answer's body counts as it was estimated, however long it is read.
 *
 * ```ts
 * app.all('/items/*', (c) => admitFetch(guard, askOf, readItems)(c.req.raw)) // Hono
 * ```
 *
 * @param askOf what a request asks of the storage; null lets it pass uncounted
 */
export function admitFetch<Rest extends readonly unknown[]>(
  guard: Pick<Guard, 'admit'>,
  askOf: (request: Request) => OperationAsk | null | Promise<OperationAsk | null>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const ask = await askOf(request)
    if (ask === null) return handler(request, ...rest)
    try {
      const operation = guard.admit(ask)
      try {
        return await handler(request, ...rest)
      } finally {
        operation.end()
      }
    } catch (error) {
      if (error instanceof Denied) return deniedResponse(error)
      throw error
    }
  }
}
