import { type ClientApi, Denial, Denied } from '@tidegate/protocol'
import type { GuardRouter } from '@tidegate/protocol/router'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { impatientFetch } from './impatient-fetch.ts'

export interface TrpcGuardApiOptions {
  /** Where the guard's router is mounted. */
  readonly url: string
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
  /** Sent with every request, the app's login for instance. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Calls of one moment that share a request; must not exceed the host's own limit. Default 10. */
  readonly maxBatchSize?: number
}

/**
 * A guard behind tRPC over HTTP. What it denies is thrown as `Denied`; whatever else goes wrong is thrown as it came.
 */
export function trpcGuardApi({ url, fetch, headers, maxBatchSize = 10 }: TrpcGuardApiOptions): ClientApi {
  const patientEnough = impatientFetch(fetch ?? ((input, init) => globalThis.fetch(input, init)))
  const guard = createTRPCClient<GuardRouter>({
    links: [
      httpBatchLink({
        url,
        maxItems: maxBatchSize,
        // A page names up to 500 ids: too long for a URL. The host's adapter needs `allowMethodOverride: true`.
        methodOverride: 'POST',
        fetch: (input, init) => patientEnough(input, init as RequestInit), // tRPC's own narrower type of the same thing
        ...(headers === undefined ? {} : { headers: async () => ({ ...(await headers()) }) }),
      }),
    ],
  })
  return {
    inForce: (request) => denied(guard.inForce.query(request)),
    report: (report) => denied(guard.report.mutate(report)),
    endorsements: (request) => denied(guard.endorsements.query(request)),
    requestLease: (request) => denied(guard.requestLease.mutate(request)),
    renewLease: (renewal) => denied(guard.renewLease.mutate(renewal)),
    endLease: (end) => denied(guard.endLease.mutate(end)),
    digests: (request) => denied(guard.digests.query(request)),
    list: (request) => denied(guard.list.query(request)),
    fetch: (request) => denied(guard.fetch.query(request)),
    changesSince: (request) => denied(guard.changesSince.query(request)),
  }
}

async function denied<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error
    const data: unknown = error.data
    const told = typeof data === 'object' && data !== null && 'tidegate' in data ? data.tidegate : null
    const parsed = Denial.safeParse(told)
    throw parsed.success ? new Denied(parsed.data, { cause: error }) : error
  }
}
