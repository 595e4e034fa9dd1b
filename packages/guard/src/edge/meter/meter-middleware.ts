import type { IncomingMessage } from 'node:http'
import type { Guard } from '../../runtime/create-guard.ts'
import type { NodeMiddleware } from '../egress/egress-middleware.ts'
import type { MeterAsk } from './meter-fetch.ts'
import { outcomeOfStatus } from './outcome-of-status.ts'

/**
 * Lets the guard see how a resource does by the time Node handlers take until the response is closed, whole or because the
 * client went away, and by its status as in `meterFetch`. Put it behind `admitMiddleware`, so that it times work alone.
 *
 * @param askOf null lets a request pass unseen
 */
export function meterMiddleware(
  guard: Pick<Guard, 'meter'>,
  askOf: (request: IncomingMessage) => MeterAsk | null,
): NodeMiddleware {
  return (request, response, next) => {
    try {
      const ask = askOf(request)
      if (ask) {
        const done = guard.meter(ask.resourceId, ask.level)
        response.once('close', () => done(outcomeOfStatus(response.statusCode)))
      }
    } catch (error) {
      return next(error)
    }
    next()
  }
}
