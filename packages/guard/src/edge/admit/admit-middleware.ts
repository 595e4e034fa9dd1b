import type { IncomingMessage } from 'node:http'
import { Denied } from '@tidegate/protocol'
import type { Guard } from '../../runtime/create-guard.ts'
import type { OperationAsk } from '../../runtime/operation.ts'
import type { NodeMiddleware } from '../egress/egress-middleware.ts'
import { writeDenial } from '../http/denied-response.ts'

/**
 * Puts Node handlers behind the admission of their storage, whatever framework they belong to. A request that there is no
 * room for is answered 429 with `Retry-After` and goes no further; put it before whatever parses bodies or looks up sessions
 * that `askOf` does not need, so that saying no stays cheap.
 *
 * @param askOf what a request asks of the storage; null lets it pass uncounted
 */
export function admitMiddleware(
  guard: Pick<Guard, 'admit'>,
  askOf: (request: IncomingMessage) => OperationAsk | null,
): NodeMiddleware {
  return (request, response, next) => {
    try {
      const ask = askOf(request)
      if (ask === null) return next()
      const operation = guard.admit(ask)
      // Closed, whether the answer went out whole or the client went away.
      response.once('close', () => operation.end())
    } catch (error) {
      if (!(error instanceof Denied)) return next(error)
      response.end(writeDenial(response, error))
      return
    }
    next()
  }
}
