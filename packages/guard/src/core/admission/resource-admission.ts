import type { Denial, LeaseGrant, ResourceId } from '@tidegate/protocol'
import type { Resource } from '../../resources.ts'
import { beginLease, LEASE_CONCURRENCY, LEASE_TERM_MS, type Lease, type LeaseAsk, renewLease } from './lease.ts'
import { TokenBucket } from './token-bucket.ts'
import { WaitingRoom } from './waiting-room.ts'

export type Admitted<Value> = { readonly kind: 'admitted'; readonly value: Value } | Refused
interface Refused {
  readonly kind: 'refused'
  readonly denial: Denial
}

/** A page that may be read now: at most `pageBytes`, a single larger item aside. Ended with `endPage`, whatever happened. */
export interface PagePermit {
  readonly pageBytes: number
  readonly lease: Lease
}

/** With so many at once on a resource, the next waits: slower than a thirty-second of it, a resync only holds a connection. */
const MAX_LEASE_COUNT = 32
/** Nobody is sent away for less: asking costs more than waiting. */
const MIN_RETRY_MS = 500
/** Nobody is sent away for longer: by then shares have been divided anew many times. */
const MAX_RETRY_MS = 60_000
/** How long after its time a client that was sent away still counts as present. */
const RETURN_GRACE_MS = 5_000
/** A second of capacity may be drawn at once. */
const BUCKET_SECONDS = 1

/**
 * What resyncs and first loads draw from one resource, on one node, in memory.
 *
 * The pages of all leases together never draw more than `capacityBytesPerSecond × t` and one bucket (G4), where a bucket
 * is a second of capacity; single items larger than their page are paid back before the next page. The bucket starts
 * empty, so that a node that starts again has not handed out two. Rates of leases never add up to more than the
 * capacity, and a client that goes away costs its share until its term ends.
 *
 * A share is the capacity divided by the accounts that are present (fetching, or sent away and expected back), then by
 * the account's own clients, and never more than `maxShare` of the whole. Shares shrink and grow at renewals.
 */
export class ResourceAdmission {
  readonly resourceId: ResourceId
  readonly capacityBytesPerSecond: number
  readonly #maxBytesPerSecond: number
  readonly #minBytesPerSecond: number
  readonly #bucket: TokenBucket
  readonly #leases = new Map<string, Lease>()
  readonly #waiting = new WaitingRoom()
  #servedBytes = 0

  /** @param maxShare in (0, 1]: the most of the resource that one account may hold */
  constructor(resource: Resource, maxShare: number, nowMs: number) {
    this.resourceId = resource.resourceId
    this.capacityBytesPerSecond = resource.capacityBytesPerSecond
    this.#maxBytesPerSecond = Math.max(1, this.capacityBytesPerSecond * maxShare)
    this.#minBytesPerSecond = Math.max(1, this.capacityBytesPerSecond / MAX_LEASE_COUNT)
    const capacityBytes = this.capacityBytesPerSecond * BUCKET_SECONDS
    this.#bucket = new TokenBucket({ capacityBytes, bytesPerSecond: this.capacityBytesPerSecond }, 0, nowMs)
  }

  /**
   * Begins a lease; the same client's older one ends.
   *
   * @param whenFull `grant` while the guard refuses nothing: rates may then add up to more than the capacity
   */
  request(ask: LeaseAsk, nowMs: number, whenFull: 'refuse' | 'grant' = 'refuse'): Admitted<LeaseGrant> {
    this.#sweep(nowMs)
    for (const lease of this.#leases.values()) if (isSameClient(lease, ask)) this.#leases.delete(lease.leaseId)
    const share = this.#share(ask)
    const bytesPerSecond =
      whenFull === 'grant' ? Math.max(share.bytesPerSecond, share.leastBytesPerSecond) : share.bytesPerSecond
    if (bytesPerSecond < share.leastBytesPerSecond) return this.#sendAway(ask, nowMs)
    this.#waiting.remove(ask.accountId, ask.client.clientId)
    const lease = beginLease(ask, bytesPerSecond, nowMs)
    this.#leases.set(lease.leaseId, lease)
    return { kind: 'admitted', value: this.#grantOf(lease) }
  }

  /** Another term and budget for a running lease, at what its share is by now. */
  renew(lease: Lease, wantBytes: number, nowMs: number): LeaseGrant {
    const share = this.#share(lease)
    // What is running goes on, however many wait; what it held before is free by definition, so rates still add up.
    const bytesPerSecond = Math.max(share.bytesPerSecond, Math.min(share.leastBytesPerSecond, lease.bytesPerSecond))
    renewLease(lease, { wantBytes, bytesPerSecond, nowMs })
    return this.#grantOf(lease)
  }

  /** @returns bytes of the last grant that were not drawn */
  end(lease: Lease): number {
    this.#leases.delete(lease.leaseId)
    return Math.max(0, lease.budgetBytes - lease.drawnBytes)
  }

  /** The running lease of that id, if it is the account's. */
  find(leaseId: string, accountId: string, nowMs: number): Lease | null {
    this.#sweep(nowMs)
    const lease = this.#leases.get(leaseId)
    return lease?.accountId === accountId ? lease : null
  }

  /** Reserves a page before it is read; refused while the client is ahead of its rate or the resource of its capacity. */
  beginPage(lease: Lease, nowMs: number): Admitted<PagePermit> {
    const leftBytes = lease.budgetBytes - lease.drawnBytes - lease.reservedBytes
    if (leftBytes <= 0) return refused({ kind: 'lease-ended' })
    const pageBytes = Math.min(lease.pageBytes, leftBytes)
    const isCrowded = lease.pagesInFlight >= LEASE_CONCURRENCY
    if (isCrowded || !this.#tryReserve(lease, pageBytes, nowMs)) {
      const waitMs = Math.max(lease.bucket.waitMs(pageBytes, nowMs), this.#bucket.waitMs(pageBytes, nowMs), 1)
      return refused({ kind: 'no-capacity', retryAfterMs: Math.min(waitMs, MAX_RETRY_MS) })
    }
    lease.pagesInFlight += 1
    lease.reservedBytes += pageBytes
    return { kind: 'admitted', value: { pageBytes, lease } }
  }

  /** @param drawnBytes what was read; a read that failed counts as a whole page, because the storage worked for it */
  endPage({ lease, pageBytes }: PagePermit, drawnBytes: number, nowMs: number): void {
    this.#bucket.settle(pageBytes, drawnBytes, nowMs)
    lease.bucket.settle(pageBytes, drawnBytes, nowMs)
    lease.pagesInFlight -= 1
    lease.reservedBytes -= pageBytes
    lease.drawnBytes += drawnBytes
    lease.servedBytes += drawnBytes
    this.#servedBytes += drawnBytes
  }

  leases(nowMs: number): readonly Lease[] {
    this.#sweep(nowMs)
    return [...this.#leases.values()]
  }

  /** What is drawn and who waits, and what was drawn since the node began. */
  figures(nowMs: number) {
    const leases = this.leases(nowMs)
    return {
      resourceId: this.resourceId,
      capacityBytesPerSecond: this.capacityBytesPerSecond,
      leasedBytesPerSecond: rateOf(leases),
      leaseCount: leases.length,
      waitingClientCount: this.#waiting.clientCount,
      servedBytes: this.#servedBytes,
    }
  }

  #tryReserve(lease: Lease, pageBytes: number, nowMs: number): boolean {
    if (lease.bucket.levelBytes(nowMs) < pageBytes) return false
    return this.#bucket.tryReserve(pageBytes, nowMs) && lease.bucket.tryReserve(pageBytes, nowMs)
  }

  /** What a client would get now, in whole bytes per second, and below what it is not worth beginning. */
  #share(ask: Pick<LeaseAsk, 'accountId' | 'client'>): { bytesPerSecond: number; leastBytesPerSecond: number } {
    const others = [...this.#leases.values()].filter((lease) => !isSameClient(lease, ask))
    const siblings = others.filter((lease) => lease.accountId === ask.accountId)
    const accountCount = this.#presentAccountCount(ask.accountId)
    const clientCount = this.#presentClientCount(ask)
    const fair = clamp(this.capacityBytesPerSecond / accountCount, this.#minBytesPerSecond, this.#maxBytesPerSecond)
    return {
      bytesPerSecond: Math.floor(
        Math.min(fair / clientCount, fair - rateOf(siblings), this.capacityBytesPerSecond - rateOf(others)),
      ),
      leastBytesPerSecond: Math.max(1, Math.floor(this.#minBytesPerSecond / clientCount)),
    }
  }

  #presentAccountCount(alsoAccountId: string): number {
    const waiting = this.#waiting.accountIds
    const fetching = new Set([alsoAccountId])
    for (const { accountId } of this.#leases.values()) fetching.add(accountId)
    return waiting.size + [...fetching].filter((accountId) => !waiting.has(accountId)).length
  }

  #presentClientCount(ask: Pick<LeaseAsk, 'accountId' | 'client'>): number {
    const clients = new Set([ask.client.clientId, ...(this.#waiting.accountIds.get(ask.accountId)?.keys() ?? [])])
    for (const lease of this.#leases.values()) {
      if (lease.accountId === ask.accountId) clients.add(lease.client.clientId)
    }
    return clients.size
  }

  /** Told the backlog that is before it: everybody's at first, only what is running when it comes back. */
  #sendAway(ask: LeaseAsk, nowMs: number): Refused {
    const isBack = this.#waiting.has(ask.accountId, ask.client.clientId)
    const runningBytes = [...this.#leases.values()].reduce((sum, lease) => sum + this.#owedBytes(lease), 0)
    const aheadBytes = runningBytes + (isBack ? 0 : this.#waiting.wantBytes)
    const backlogMs = (aheadBytes / this.capacityBytesPerSecond) * 1000
    // While everybody present fits in side by side, the next round of renewals makes room.
    const fits = this.#presentAccountCount(ask.accountId) <= MAX_LEASE_COUNT
    const delayMs = clamp(fits ? Math.min(backlogMs, LEASE_TERM_MS) : backlogMs, MIN_RETRY_MS, MAX_RETRY_MS)
    // Up to a quarter later by its place in the crowd, so that those sent away together do not come back together.
    const retryAfterMs = Math.ceil(delayMs * (1 + ask.place / 4))
    const wantBytes = Math.min(ask.wantBytes, this.#believableBytes())
    const untilMs = nowMs + retryAfterMs + RETURN_GRACE_MS
    this.#waiting.add({ accountId: ask.accountId, clientId: ask.client.clientId, wantBytes, untilMs })
    return refused({ kind: 'no-capacity', retryAfterMs })
  }

  #owedBytes(lease: Lease): number {
    return Math.min(Math.max(0, lease.budgetBytes - lease.drawnBytes), this.#believableBytes())
  }

  /** A client's word counts in others' delays only as far as it could draw within the longest of them. */
  #believableBytes(): number {
    return (this.#maxBytesPerSecond * MAX_RETRY_MS) / 1000
  }

  #grantOf(lease: Lease): LeaseGrant {
    const { leaseId, bytesPerSecond, pageBytes, budgetBytes } = lease
    const { resourceId } = this
    return {
      leaseId,
      resourceId,
      bytesPerSecond,
      pageBytes,
      budgetBytes,
      termMs: LEASE_TERM_MS,
      concurrency: LEASE_CONCURRENCY,
    }
  }

  #sweep(nowMs: number): void {
    this.#waiting.sweep(nowMs)
    for (const lease of this.#leases.values()) if (lease.endsAtMs <= nowMs) this.#leases.delete(lease.leaseId)
  }
}

function isSameClient(
  left: Pick<LeaseAsk, 'accountId' | 'client'>,
  right: Pick<LeaseAsk, 'accountId' | 'client'>,
): boolean {
  return left.accountId === right.accountId && left.client.clientId === right.client.clientId
}

function rateOf(leases: readonly Lease[]): number {
  return leases.reduce((sum, lease) => sum + lease.bytesPerSecond, 0)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

function refused(denial: Denial): Refused {
  return { kind: 'refused', denial }
}
