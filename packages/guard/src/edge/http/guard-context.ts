import type { GuardContext } from '@tidegate/protocol/router'
import type { Caller } from '../../caller.ts'
import type { Guard } from '../../runtime/create-guard.ts'

/** Who sent a request, by the host app's own login; null for nobody it knows, who is then denied everything. */
export type Identify<Request> = (request: Request) => Caller | null | Promise<Caller | null>

/**
 * The `createContext` of a tRPC server that serves the guard's router: the guard, bound to whoever `identify` says is
 * asking. A host with a context of its own spreads this into it.
 */
export function guardContext<Request>(
  guard: Pick<Guard, 'api'>,
  identify: Identify<Request>,
): (options: { readonly req: Request }) => Promise<GuardContext> {
  return async ({ req }) => ({ tidegate: guard.api(await identify(req)) })
}
