import { Denial, describeDenial } from '@tidegate/protocol'
import type { GuardRouter } from '@tidegate/protocol/router'
import { createTRPCClient, httpLink, type TRPCClient, TRPCClientError } from '@trpc/client'

export type GuardClient = TRPCClient<GuardRouter>

/** The guard's router, on the server that serves this page. */
const GUARD_PATH = '/tidegate'

/** A server that has not answered for this long is treated as gone; status answers take milliseconds. */
const ANSWER_WITHIN_MS = 5000

/** @param token the operator's token, sent as a bearer token */
export function createGuardClient(token: string): GuardClient {
  return createTRPCClient<GuardRouter>({
    links: [
      // One request per call: a status question every second must not wait for, or share the fate of, a decision.
      httpLink({
        url: GUARD_PATH,
        headers: { authorization: `Bearer ${token}` },
        fetch: (input, init) =>
          fetch(input, {
            ...init,
            signal: AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), ...(init?.signal ? [init.signal] : [])]),
          }),
      }),
    ],
  })
}

/** Why a call came to nothing, in words an operator can act on. */
export type Failure =
  | { readonly kind: 'not-allowed'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string }

/** Everything a call can throw, told apart in one place. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof TRPCClientError) {
    const denial = Denial.safeParse(thrown.data?.tidegate)
    if (denial.success) {
      const message = describeDenial(denial.data)
      return denial.data.kind === 'not-identified' || denial.data.kind === 'forbidden'
        ? { kind: 'not-allowed', message }
        : { kind: 'refused', message }
    }
    if (thrown.data?.httpStatus === 401 || thrown.data?.httpStatus === 403) {
      return { kind: 'not-allowed', message: 'The server does not know this token' }
    }
    // An error with a shape came from the guard; one without it never got that far.
    if (thrown.data) return { kind: 'refused', message: thrown.message }
  }
  return { kind: 'unreachable', message: 'The server does not answer' }
}
