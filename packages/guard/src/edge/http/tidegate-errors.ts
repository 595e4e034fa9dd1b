import { Denied } from '@tidegate/protocol'
import { type AnyTRPCRouter, TRPCError } from '@trpc/server'

/**
 * Refuses a host's own root router that would keep denials from clients. Error formatters belong to the root, so a host
 * that merges the guard's router must wrap its own in `withTidegateErrors`; a client without the delay would guess one,
 * and so would all others.
 *
 * @throws TypeError when a denial, formatted by this router, does not arrive as `data.tidegate`
 */
export function assertTidegateErrors(router: AnyTRPCRouter): void {
  const retryAfterMs = 1234
  const denied = new Denied({ kind: 'not-your-turn', retryAfterMs })
  const error = new TRPCError({ code: 'TOO_MANY_REQUESTS', message: denied.message, cause: denied })
  const shape: unknown = router._def._config.errorFormatter({
    error,
    type: 'query',
    path: 'tidegate',
    input: undefined,
    ctx: undefined,
    shape: { message: error.message, code: -32029, data: { code: error.code, httpStatus: 429, path: 'tidegate' } },
  })
  if (retryAfterMsIn(shape) === retryAfterMs) return
  throw new TypeError(
    "Cannot serve the guard on this router: its errors do not carry denials. Create it with errorFormatter: withTidegateErrors(yours), from '@tidegate/guard/trpc'",
  )
}

function retryAfterMsIn(shape: unknown): unknown {
  return member(member(member(shape, 'data'), 'tidegate'), 'retryAfterMs')
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && name in of ? of[name as keyof typeof of] : undefined // `in` has just said so
}
