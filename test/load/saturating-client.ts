import { setTimeout as sleep } from 'node:timers/promises'
import {
  AppVersion,
  type ClientApi,
  ClientClass,
  ClientId,
  Denied,
  FetchRequest,
  type LeaseGrant,
  PROTOCOL_VERSION,
  retryAfterMsOf,
} from '@tidegate/protocol'

/** A small mailbox: some seconds of a lease, so that leases begin and end all the time. */
const WANT_BYTES = 4_000_000
/** Where a denial names no delay. */
const ASK_AGAIN_MS = 500
/** Whoever is told to come back later than this is not waited for: somebody else comes instead. */
const PATIENCE_MS = 2_000

/** A client's way to its node. Each of its calls resolves, or is denied. */
export interface Arrival {
  readonly clientId: string
  readonly api: Pick<ClientApi, 'requestLease' | 'renewLease' | 'endLease' | 'fetch'>
}

/**
 * A place at a node that is never empty: a client loads for the first time, page after page as fast as its lease lets it;
 * it comes back when it was told to, and renews at half its term. When it is done, or is told to come back much later, it
 * goes, and somebody nobody knows yet comes in its stead.
 */
export async function saturate(arrive: () => Arrival): Promise<never> {
  for (;;) await loadOnce(arrive())
}

async function loadOnce({ clientId, api }: Arrival): Promise<void> {
  const client = {
    clientId: ClientId.parse(clientId),
    clientClass: ClientClass.parse('web'),
    appVersion: AppVersion.parse('1.0'),
  }
  let missingBytes = WANT_BYTES
  while (missingBytes > 0) {
    const purpose = { kind: 'first-load' as const }
    try {
      const lease = await api.requestLease({ protocol: PROTOCOL_VERSION, client, purpose, wantBytes: missingBytes })
      missingBytes = await drawFrom(api, lease, missingBytes)
    } catch (error) {
      if (!(await waited(error))) return
    }
  }
}

/** Until all is there, or the lease ends. @returns what is missing then */
async function drawFrom(api: Arrival['api'], { leaseId, termMs }: LeaseGrant, wantBytes: number): Promise<number> {
  const page = FetchRequest.parse({ collection: 'messages', ids: ['m-1'], leaseId })
  let missingBytes = wantBytes
  let renewAtMs = performance.now() + termMs / 2
  while (missingBytes > 0) {
    try {
      if (performance.now() >= renewAtMs) {
        const renewed = await api.renewLease({ leaseId, wantBytes: missingBytes })
        renewAtMs = performance.now() + renewed.termMs / 2
      }
      for (const { payloadBytes } of (await api.fetch(page)).items) missingBytes -= payloadBytes
    } catch (error) {
      if (error instanceof Denied && error.denial.kind === 'lease-ended') return missingBytes
      await waited(error)
    }
  }
  await api.endLease({ leaseId })
  return 0
}

/** @returns whether it waited as long as it was told to */
async function waited(error: unknown): Promise<boolean> {
  if (!(error instanceof Denied)) throw error
  const waitMs = retryAfterMsOf(error.denial) ?? ASK_AGAIN_MS
  await sleep(Math.min(waitMs, PATIENCE_MS))
  return waitMs <= PATIENCE_MS
}
