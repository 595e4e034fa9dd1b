import { TRPCError } from '@trpc/server'
import { DENIALS, type Denial, Denied } from '../messages/denial.ts'

type ErrorShape = { readonly data: object }

/**
 * Wraps a host's tRPC `errorFormatter` so that denials reach clients as `error.data.tidegate`. A host that merges the
 * guard's router into its own must use it: formatters belong to the root router, and without it clients see no delay.
 *
 * ```ts
 * const t = initTRPC.context<Context>().create({ errorFormatter: withTidegateErrors(({ shape }) => shape) })
 * ```
 */
export function withTidegateErrors<TOptions extends { readonly error: TRPCError }, TShape extends ErrorShape>(
  formatter: (options: TOptions) => TShape,
): (options: TOptions) => TShape & { data: { tidegate: Denial | null } } {
  return (options) => {
    const shape = formatter(options)
    const denial = options.error.cause instanceof Denied ? options.error.cause.denial : null
    return { ...shape, data: { ...shape.data, tidegate: denial } }
  }
}

/** The one place where a denial becomes a tRPC error. What is not a denial is passed on. */
export function asTrpcError(thrown: unknown): unknown {
  if (!(thrown instanceof Denied)) return thrown
  return new TRPCError({ code: DENIALS[thrown.denial.kind].trpcCode, message: thrown.message, cause: thrown })
}
