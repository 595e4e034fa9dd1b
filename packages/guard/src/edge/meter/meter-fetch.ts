import { Denied, type ResourceId } from '@tidegate/protocol'
import type { Guard } from '../../runtime/create-guard.ts'
import { outcomeOfStatus } from './outcome-of-status.ts'

/** Whose storage work a request is. */
export interface MeterAsk {
  readonly resourceId: ResourceId
  /** The name of a level. Default: the first one. */
  readonly level?: string
}

/**
 * Lets the guard see how a resource does by the time a Fetch handler takes to answer and by its status: 5xx and what is
 * thrown is the storage's failure; 429, and a Denied that is thrown, is no work of the storage. The body's way to the client
 * does not count. Put it within {@link admitFetch}, so that it times work alone.
 *
 * @param askOf null lets a request pass unseen
 */
export function meterFetch<Rest extends readonly unknown[]>(
  guard: Pick<Guard, 'meter'>,
  askOf: (request: Request) => MeterAsk | null | Promise<MeterAsk | null>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const ask = await askOf(request)
    if (ask === null) return handler(request, ...rest)
    const done = guard.meter(ask.resourceId, ask.level)
    try {
      const response = await handler(request, ...rest)
      done(outcomeOfStatus(response.status))
      return response
    } catch (error) {
      done(error instanceof Denied ? null : { ok: false })
      throw error
    }
  }
}
