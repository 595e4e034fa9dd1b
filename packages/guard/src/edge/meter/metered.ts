import { type AccountId, Denied, type ResourceId } from '@tidegate/protocol'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import type { Outcome } from '../../core/adaptive/resource-meter.ts'
import type { Guard } from '../../runtime/create-guard.ts'

/** As much of a tRPC middleware's options as is used. */
interface ProcedureCall<Context, Input, Result> {
  readonly ctx: Context
  readonly input: Input
  readonly next: () => Promise<Result>
}

type ProcedureResult = { readonly ok: true } | { readonly ok: false; readonly error: Error }

/** Whose storage work a procedure is. */
export interface MeteredOptions<Context, Input> {
  /** Default: the resource that the account lives on. */
  readonly resource?: ResourceId | ((call: { readonly ctx: Context; readonly input: Input }) => ResourceId)
  /** Needed without `resource`. */
  readonly account?: (call: { readonly ctx: Context; readonly input: Input }) => AccountId
  /** The name of a level. Default: the first one. */
  readonly level?: string
}

/**
 * Lets the guard see how a resource does by the time a procedure takes and whether it fails: a plain middleware for the
 * host's own `t`. An answer that blames the caller (4xx) is the storage's answer all the same; 5xx and what is thrown is its
 * failure. A denial is neither: nothing was asked of the storage. Put it after `admit`, so that it times work alone.
 *
 * ```ts
 * t.procedure.use(admit(guard, { account, cost: 40_000 })).use(metered(guard, { account }))
 * ```
 *
 * @throws RangeError (at once) for neither a resource nor an account; (the middleware) what `guard.meter` throws
 */
export function metered<Context, Input>(
  guard: Pick<Guard, 'meter' | 'resourceOf'>,
  options: MeteredOptions<Context, Input>,
): <Result extends ProcedureResult>(call: ProcedureCall<Context, Input, Result>) => Promise<Result> {
  const { level } = options
  const resourceOf = resourceReader(guard, options)
  return (call) => {
    const done = guard.meter(resourceOf(call), level)
    return call.next().then(
      (result) => {
        done(result.ok ? { ok: true } : outcomeOf(result.error))
        return result
      },
      (error: unknown) => {
        done(outcomeOf(error))
        throw error
      },
    )
  }
}

function resourceReader<Context, Input>(
  guard: Pick<Guard, 'resourceOf'>,
  { resource, account }: MeteredOptions<Context, Input>,
): (call: { readonly ctx: Context; readonly input: Input }) => ResourceId {
  if (typeof resource === 'function') return resource
  if (resource !== undefined) return () => resource
  if (account) return (call) => guard.resourceOf(account(call))
  throw new RangeError('Cannot meter a procedure: resource or account is required, got neither')
}

function outcomeOf(error: unknown): Outcome | null {
  if (error instanceof Denied) return null
  if (!(error instanceof TRPCError)) return { ok: false }
  return error.cause instanceof Denied ? null : { ok: getHTTPStatusCodeFromError(error) < 500 }
}
