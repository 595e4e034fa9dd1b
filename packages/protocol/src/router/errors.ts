import { TRPCError } from '@trpc/server'
import { z } from 'zod'
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

/**
 * The one place where something thrown below a procedure becomes a known error: a denial gets its tRPC code, an input that
 * no schema reads becomes the denial `invalid` with the fields at fault. Anything else is passed on as it is.
 */
export function asTidegateError(error: TRPCError): TRPCError {
  const denied = deniedBy(error)
  if (denied === null) return error
  return new TRPCError({ code: DENIALS[denied.denial.kind].trpcCode, message: denied.message, cause: denied })
}

function deniedBy(error: TRPCError): Denied | null {
  if (error.cause instanceof Denied) return error.cause
  if (error.code !== 'BAD_REQUEST' || !(error.cause instanceof z.ZodError)) return null
  const message = `Cannot read the request: ${z.prettifyError(error.cause)}`
  return new Denied({ kind: 'invalid', message }, { cause: error.cause })
}
