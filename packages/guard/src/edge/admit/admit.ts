import { type AccountId, DENIALS, Denied, type ResourceId } from '@tidegate/protocol'
import { TRPCError } from '@trpc/server'
import type { Guard } from '../../runtime/create-guard.ts'
import type { Operation } from '../../runtime/operation.ts'

/** As much of a tRPC middleware's options as is used. */
interface ProcedureCall<Context, Input, Result> {
  readonly ctx: Context
  readonly input: Input
  readonly next: () => Promise<Result>
}

type ProcedureResult = { readonly ok: true; readonly data: unknown } | { readonly ok: false }

/** What a call of a procedure asks of the storage. */
export interface AdmitOptions<Context, Input> {
  readonly account: (call: { readonly ctx: Context; readonly input: Input }) => AccountId
  /** The name of a level or of a neighbouring service. Default: the first level. */
  readonly pool?: string
  /** What it is expected to cost, in units: a payload byte is one. */
  readonly cost: number | ((call: { readonly ctx: Context; readonly input: Input }) => number)
  /** Default: the resource that the account lives on. */
  readonly resource?: ResourceId | ((call: { readonly ctx: Context; readonly input: Input }) => ResourceId)
  /** What it cost in the end, from what the procedure answered. Default: as expected. */
  readonly spent?: (data: unknown) => number
}

/**
 * Admits each call of a procedure within its resource's capacity, or denies it before anything is done for it: a plain
 * middleware for the host's own `t`, after `.input()`. Every item of a batch is a call of its own.
 *
 * ```ts
 * t.procedure.input(Ids).use(admit(guard, { account: ({ ctx }) => ctx.accountId, cost: ({ input }) => input.ids.length * 40_000 }))
 * ```
 *
 * @throws (the middleware) TRPCError `TOO_MANY_REQUESTS` whose cause is a Denied `no-capacity` with `retryAfterMs`
 */
export function admit<Context, Input>(
  guard: Pick<Guard, 'admit'>,
  options: AdmitOptions<Context, Input>,
): <Result extends ProcedureResult>(call: ProcedureCall<Context, Input, Result>) => Promise<Result> {
  const { account, pool, cost, resource, spent } = options
  return (call) => {
    const operation = begin(() =>
      guard.admit({
        accountId: account(call),
        ...(pool !== undefined && { pool }),
        units: typeof cost === 'number' ? cost : cost(call),
        ...(resource !== undefined && { resourceId: typeof resource === 'function' ? resource(call) : resource }),
      }),
    )
    return call.next().then(
      (result) => {
        operation.end(spent && result.ok ? spent(result.data) : undefined)
        return result
      },
      (error: unknown) => {
        operation.end()
        throw error
      },
    )
  }
}

function begin(ask: () => Operation): Operation {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    throw new TRPCError({ code: DENIALS[error.denial.kind].trpcCode, message: error.message, cause: error })
  }
}
