import { DENIALS, Denied } from '@tidegate/protocol'
import { TRPCError } from '@trpc/server'
import type { EgressClient } from '../../core/egress/event-stream.ts'
import type { Egress } from '../../egress/egress.ts'

/** Where a procedure's input holds what the egress needs. The input is as the client sent it: nothing has read it yet. */
export interface EgressProcedureOptions<Context> {
  readonly clientOf: (request: {
    readonly ctx: Context
    readonly rawInput: unknown
  }) => EgressClient | Promise<EgressClient>
  /** The cursor a client presents; null when it begins anew. */
  readonly cursorOf: (rawInput: unknown) => string | null
  /** The input with another cursor in its place. */
  readonly withCursor: (rawInput: unknown, cursor: string) => unknown
}

/** As much of a tRPC middleware's options as is used. */
interface ProcedureCall<Context, Result> {
  readonly ctx: Context
  readonly getRawInput: () => Promise<unknown>
  readonly next: (options: { getRawInput: () => Promise<unknown> }) => Promise<Result>
}

/** As much of what `next` gives as is used: a middleware passes on what it got. */
type ProcedureResult = { readonly ok: true; readonly data: unknown } | { readonly ok: false }

/**
 * Puts an existing event procedure behind an egress: a plain middleware for the host's own `t`, before `.input()`.
 *
 * ```ts
 * t.procedure.use(egressProcedure(egress, { clientOf, cursorOf, withCursor })).input(EventsInput).query(readEvents)
 * ```
 */
export function egressProcedure<Page, Context>(
  egress: Egress<Page>,
  options: EgressProcedureOptions<Context>,
): <Result extends ProcedureResult>(call: ProcedureCall<Context, Result>) => Promise<Result> {
  const { clientOf, cursorOf, withCursor } = options
  return async (call) => {
    const rawInput = await call.getRawInput()
    const presented = cursorOf(rawInput)
    const said = clientOf({ ctx: call.ctx, rawInput })
    const request = egress.open({ client: said instanceof Promise ? await said : said, cursor: presented })
    const { cursor } = request
    const input = cursor === null || cursor === presented ? rawInput : withCursor(rawInput, cursor)
    const getRawInput = input === rawInput ? call.getRawInput : async () => input
    const result = await call.next({ getRawInput })
    if (!result.ok) return result
    try {
      // What a procedure gives is what the egress was made for; tRPC does not say so to a middleware before `.input()`.
      const screened = request.screen(result.data as Page)
      const page = screened instanceof Promise ? await screened : screened
      return page === result.data ? result : { ...result, data: page }
    } catch (error) {
      if (!(error instanceof Denied)) throw error
      throw new TRPCError({ code: DENIALS[error.denial.kind].trpcCode, message: error.message, cause: error })
    }
  }
}
