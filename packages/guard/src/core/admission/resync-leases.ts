import type { Denial, LeaseGrant, ResourceId } from '@tidegate/protocol'
import type { Crowd } from './crowd.ts'
import {
  aheadMsOf,
  beginLease,
  LEASE_CONCURRENCY,
  LEASE_TERM_MS,
  type Lease,
  type LeaseAsk,
  renewLease,
  slowLease,
} from './lease.ts'
import type { LevelPermit, LevelPools } from './level-pools.ts'
import { RecentMap } from './recent-map.ts'
import { MAX_LEASE_COUNT, type ResyncShare } from './resync-share.ts'
import { MAX_RETRY_MS, spreadRetryMs } from './retry-after.ts'
import { type Booking, ServiceLanes } from './service-lanes.ts'

export type Admitted<Value> = { readonly kind: 'admitted'; readonly value: Value } | Refused
interface Refused {
  readonly kind: 'refused'
  readonly denial: Denial
}

/** A page that may be read now: at most `pageBytes`, a single larger item aside. Ended with `endPage`, whatever happened. */
export interface PagePermit {
  readonly pageBytes: number
  readonly lease: Lease
  readonly taken: LevelPermit
}

/** How long somebody waits first for a resource that is shut, twice as long each time it comes again. */
const SHUT_RETRY_MS = 2_000
/** Nobody is sent away for less: asking costs more than waiting. */
const MIN_RETRY_MS = 500
/** And nobody for longer: a turn that is further off is worked out anew. */
const MAX_TURN_MS = 24 * 60 * 60_000
/**
 * While a queue waits, shares stay within so many times the least: turns are worked out at the least, so that whoever comes
 * finds room; half as much again lets those who draw make up for those who are slow.
 */
const QUEUED_SHARE = 1.5
/** How far ahead an account can be at the most: a single item that is larger than its page is paid for that long. */
const MAX_AHEAD_MS = 60_000
const MAX_AHEAD_COUNT = 100_000
/**
 * Whoever came twice when it was told to is let in at the least rate, until so much is promised beyond what there is:
 * pages are still taken out of the pools, and the leases that run give way at their next one.
 */
const RESERVE_SHARE = 0.25
/** How far apart those come whose turns fall together. */
const TURN_SPREAD_MS = 100
/** Whoever comes back so soon counts as present: the next renewals make room for it. */
const SOON_MS = LEASE_TERM_MS * 1.25
/** How long after its time a client that was sent away still counts as expected. */
const RETURN_GRACE_MS = 5_000

/**
 * What resyncs and first loads draw from one resource by lease, on one node, in memory.
 *
 * A lease is the right to draw at a rate for a term. Pages are taken out of the lowest level's pools, rates add up to what
 * that level has (see `RESERVE_SHARE` for the exception), and a client that goes away costs its share until its term ends.
 * A rate is the account's share among those present (see {@link ResyncShare}), divided by the account's own clients. When
 * more come, a lease shrinks at its next page; it grows at renewals.
 *
 * Whoever finds no room is told once when its turn comes, however far that is, from the work of all who asked before it
 * (see {@link ServiceLanes}), and goes first when it comes back. Whoever comes earlier is told the same time again.
 */
export class ResyncLeases {
  readonly #resourceId: ResourceId
  readonly #pools: LevelPools
  readonly #levelIndex: number
  readonly #share: ResyncShare
  readonly #crowd: Crowd
  readonly #lanes: ServiceLanes
  readonly #aheadUntil: RecentMap<number>
  #servedBytes = 0

  /** @param of.levelIndex the lowest level's */
  constructor(
    of: {
      readonly resourceId: ResourceId
      readonly pools: LevelPools
      readonly levelIndex: number
      readonly share: ResyncShare
      readonly crowd: Crowd
    },
    nowMs: number,
  ) {
    this.#resourceId = of.resourceId
    this.#pools = of.pools
    this.#levelIndex = of.levelIndex
    this.#share = of.share
    this.#crowd = of.crowd
    this.#lanes = new ServiceLanes(MAX_LEASE_COUNT, nowMs)
    this.#aheadUntil = new RecentMap(MAX_AHEAD_MS, MAX_AHEAD_COUNT, nowMs)
  }

  /**
   * Begins a lease; the same client's older one ends.
   *
   * @param whenFull `grant` while the guard refuses nothing: rates may then add up to more than the capacity
   */
  request(ask: LeaseAsk, nowMs: number, whenFull: 'refuse' | 'grant' = 'refuse'): Admitted<LeaseGrant> {
    this.#advance(nowMs)
    const older = this.#crowd.leaseOf(ask)
    if (older) this.end(older, nowMs)
    const expected = this.#crowd.returnOf(ask)
    const isDue = expected !== undefined && expected.dueAtMs <= nowMs
    const share = this.#shareOf(ask, 0, nowMs)
    const isItsTurn = isDue || this.#crowd.isPresent(ask.accountId) || this.#lanes.waitMs() === 0
    const isOwed = isDue && expected.missedCount > 0 && this.#hasReserve
    const isRoom = isOwed || (share.bytesPerSecond >= share.leastBytesPerSecond && isItsTurn)
    if (!isRoom && whenFull === 'refuse') return this.#sendAway(ask, nowMs)
    this.#crowd.came(ask)
    const booking = expected?.booking ?? this.#book(ask, 0)
    const bytesPerSecond = Math.max(share.bytesPerSecond, share.leastBytesPerSecond)
    const aheadMs = Math.max(0, (this.#aheadUntil.get(ask.accountId, nowMs) ?? 0) - nowMs)
    const lease = beginLease(ask, { bytesPerSecond, booking, aheadMs }, nowMs)
    this.#crowd.addLease(lease)
    return { kind: 'admitted', value: this.#grantOf(lease) }
  }

  /** Another term and budget for a running lease, at what its share is by now. */
  renew(lease: Lease, wantBytes: number, nowMs: number): LeaseGrant {
    this.#advance(nowMs)
    const share = this.#shareOf(lease, lease.bytesPerSecond, nowMs)
    // What is running goes on, however many wait; what it held before is free by definition, so rates still add up.
    const bytesPerSecond = Math.max(share.bytesPerSecond, Math.min(share.leastBytesPerSecond, lease.bytesPerSecond))
    this.#crowd.renew(lease, () => renewLease(lease, { wantBytes, bytesPerSecond }, nowMs))
    if (lease.booking.units > 0) this.#lanes.change(lease.booking, lease.servedBytes + this.#believable(wantBytes))
    return this.#grantOf(lease)
  }

  /** @returns bytes of the last grant that were not drawn */
  end(lease: Lease, nowMs: number): number {
    this.#crowd.removeLease(lease)
    this.#carryOver(lease, nowMs)
    this.#leave(lease)
    return Math.max(0, lease.budgetBytes - lease.drawnBytes)
  }

  /** The running lease of that id, if it is the account's. */
  find(leaseId: string, accountId: string, nowMs: number): Lease | null {
    this.#sweep(nowMs)
    const lease = this.#crowd.leaseById(leaseId)
    return lease?.accountId === accountId ? lease : null
  }

  /** Reserves a page before it is read; refused while the client is ahead of its rate or the resource of its capacity. */
  beginPage(lease: Lease, nowMs: number): Admitted<PagePermit> {
    const leftBytes = lease.budgetBytes - lease.drawnBytes - lease.reservedBytes
    if (leftBytes <= 0) return refused({ kind: 'lease-ended' })
    this.#share.advance(nowMs)
    this.#giveWay(lease, nowMs)
    const mostBytes = Math.max(1, Math.floor(this.#pools.capacityUnits(this.#levelIndex) / LEASE_CONCURRENCY))
    const pageBytes = Math.min(lease.pageBytes, leftBytes, mostBytes)
    const isReady = lease.pagesInFlight < LEASE_CONCURRENCY && lease.bucket.levelUnits(nowMs) >= pageBytes
    const taken = isReady ? this.#pools.take(this.#levelIndex, pageBytes, nowMs) : null
    if (taken === null) {
      const poolMs = this.#pools.waitMs(this.#levelIndex, pageBytes, nowMs)
      const waitMs = Math.max(lease.bucket.waitMs(pageBytes, nowMs), poolMs, 1)
      return refused({ kind: 'no-capacity', retryAfterMs: Math.min(waitMs, MAX_RETRY_MS) })
    }
    lease.bucket.tryReserve(pageBytes, nowMs)
    lease.pagesInFlight += 1
    lease.reservedBytes += pageBytes
    return { kind: 'admitted', value: { pageBytes, lease, taken } }
  }

  /** @param drawnBytes what was read; a read that failed counts as a whole page, because the storage worked for it */
  endPage({ lease, pageBytes, taken }: PagePermit, drawnBytes: number, nowMs: number): void {
    this.#pools.settle(taken, drawnBytes, nowMs)
    lease.bucket.settle(pageBytes, drawnBytes, nowMs)
    lease.pagesInFlight -= 1
    lease.reservedBytes -= pageBytes
    lease.servedBytes += drawnBytes
    this.#crowd.drew(lease, drawnBytes)
    this.#servedBytes += drawnBytes
  }

  running(nowMs: number): readonly Lease[] {
    this.#sweep(nowMs)
    return this.#crowd.leases()
  }

  /** What is drawn and who waits, and what was drawn since the node began. */
  figures(nowMs: number) {
    this.#sweep(nowMs)
    return {
      leasedBytesPerSecond: this.#crowd.bytesPerSecond,
      leaseCount: this.#crowd.leaseCount,
      waitingClientCount: this.#crowd.waitingCount,
      servedBytes: this.#servedBytes,
    }
  }

  /** What a client would get now, in whole bytes per second, and below what it is not worth beginning. */
  #shareOf(ask: Pick<LeaseAsk, 'accountId' | 'client'>, heldBytesPerSecond: number, nowMs: number) {
    const clientCount = this.#crowd.clientCountWith(ask)
    const fair = this.#fairOf(ask, nowMs)
    const siblings = this.#crowd.bytesPerSecondOf(ask.accountId) - heldBytesPerSecond
    const others = this.#crowd.bytesPerSecond - heldBytesPerSecond
    return {
      bytesPerSecond: Math.floor(
        Math.min(fair / clientCount, fair - siblings, this.#share.availablePerSecond - others),
      ),
      leastBytesPerSecond: Math.max(1, Math.floor(this.#share.leastPerSecond / clientCount)),
    }
  }

  /** When more are present than at the grant, a lease shrinks at its next page; it grows at renewals. */
  #giveWay(lease: Lease, nowMs: number): void {
    const fair = this.#fairOf(lease, nowMs)
    const clientCount = this.#crowd.clientCountWith(lease)
    const bytesPerSecond = Math.max(1, Math.floor(fair / clientCount))
    if (bytesPerSecond < lease.bytesPerSecond) this.#crowd.adjust(lease, () => slowLease(lease, bytesPerSecond, nowMs))
  }

  /** Whether there is still something for those who came twice when they were told to. */
  get #hasReserve(): boolean {
    return this.#crowd.bytesPerSecond < this.#share.availablePerSecond * (1 + RESERVE_SHARE)
  }

  /** What the lease's account may draw, all its clients together. */
  #fairOf({ accountId }: Pick<LeaseAsk, 'accountId'>, nowMs: number): number {
    const fair = this.#share.fairPerSecond(accountId, nowMs)
    return this.#crowd.hasQueue ? Math.min(fair, this.#share.leastPerSecond * QUEUED_SHARE) : fair
  }

  #sendAway(ask: LeaseAsk, nowMs: number): Refused {
    const expected = this.#crowd.returnOf(ask)
    if (expected && expected.dueAtMs > nowMs) return comeBackIn(expected.dueAtMs - nowMs)
    const missedCount = expected ? expected.missedCount + 1 : 0
    const turnMs = expected || this.#crowd.isPresent(ask.accountId) ? 0 : this.#lanes.waitMs()
    const retryAfterMs =
      turnMs > LEASE_TERM_MS && turnMs < Number.POSITIVE_INFINITY
        ? Math.ceil(Math.min(turnMs, MAX_TURN_MS) + ask.place * TURN_SPREAD_MS)
        : spreadRetryMs(Math.max(turnMs, this.#roomMs(missedCount), MIN_RETRY_MS), ask.place)
    const booking = expected?.booking ?? this.#book(ask, retryAfterMs <= SOON_MS ? retryAfterMs : 0)
    const due = { dueAtMs: nowMs + retryAfterMs, untilMs: nowMs + retryAfterMs + RETURN_GRACE_MS, booking, missedCount }
    if (expected) this.#crowd.came(ask)
    if (retryAfterMs <= SOON_MS) this.#crowd.expectSoon(ask, due)
    else this.#crowd.expectLater(ask.accountId, due)
    return comeBackIn(retryAfterMs)
  }

  /** A lane for each account: its further clients share what it has, so more of them push nobody else back. */
  #book({ accountId, wantBytes }: LeaseAsk, afterMs: number): Booking {
    if (this.#crowd.isPresent(accountId)) return { lane: 0, units: 0 }
    return this.#lanes.book(this.#believable(wantBytes), afterMs)
  }

  /** When running leases make room: at the next round of renewals, if not before. */
  #roomMs(missedCount: number): number {
    const { availablePerSecond } = this.#share
    // Nobody can tell when a resource opens that is shut: a node that was just started is given its part in a moment.
    if (availablePerSecond === 0) return Math.min(SHUT_RETRY_MS * 2 ** missedCount, MAX_RETRY_MS)
    return Math.min((this.#crowd.owedBytes / availablePerSecond) * 1000, LEASE_TERM_MS)
  }

  /** A client's word counts in others' delays only as far as it could draw within a minute. */
  #believable(wantBytes: number): number {
    return Math.min(wantBytes, (this.#share.mostPerSecond * MAX_RETRY_MS) / 1000)
  }

  /** What a client drew ahead of its pace stays with its account: asking anew gains nothing. */
  #carryOver(lease: Lease, nowMs: number): void {
    const untilMs = nowMs + Math.min(aheadMsOf(lease, nowMs), MAX_AHEAD_MS)
    const knownMs = this.#aheadUntil.get(lease.accountId, nowMs) ?? 0
    if (untilMs > Math.max(nowMs, knownMs)) this.#aheadUntil.set(lease.accountId, untilMs)
  }

  #leave({ booking, servedBytes }: { readonly booking: Booking; readonly servedBytes: number }): void {
    if (servedBytes < booking.units) this.#lanes.change(booking, servedBytes)
  }

  #grantOf(lease: Lease): LeaseGrant {
    const { leaseId, bytesPerSecond, pageBytes, budgetBytes } = lease
    const resourceId = this.#resourceId
    const concurrency = LEASE_CONCURRENCY
    return { leaseId, resourceId, bytesPerSecond, pageBytes, budgetBytes, termMs: LEASE_TERM_MS, concurrency }
  }

  #advance(nowMs: number): void {
    this.#share.advance(nowMs)
    this.#lanes.advance(this.#share.availablePerSecond, nowMs)
    this.#sweep(nowMs)
  }

  #sweep(nowMs: number): void {
    this.#crowd.sweep(nowMs, {
      ended: (lease) => {
        this.#carryOver(lease, nowMs)
        this.#leave(lease)
      },
      absent: ({ booking }) => this.#leave({ booking, servedBytes: 0 }),
    })
  }
}

function comeBackIn(ms: number): Refused {
  return refused({ kind: 'no-capacity', retryAfterMs: Math.max(1, Math.ceil(ms)) })
}

function refused(denial: Denial): Refused {
  return { kind: 'refused', denial }
}
