import type { AccountId, ClientIdentity, LeaseGrant, LeasePurpose } from '@tidegate/protocol'
import type { Booking } from './service-lanes.ts'
import { TokenBucket } from './token-bucket.ts'

/** How long a lease runs unless renewed. Below the 10 s after which a node without a ledger admits nothing, so that a lease never outlives what its node knew. */
export const LEASE_TERM_MS = 8_000

/** Pages in flight per lease: one being read while the one before travels. More would only hide a queue. */
export const LEASE_CONCURRENCY = 2

/**
 * Budget over what the client said it wants. A quarter, because that is how much a figure may grow before the person is
 * asked again: items change while they are fetched.
 */
export const BUDGET_HEADROOM = 1.25

/** A page is a quarter of a second of its lease: that is how finely a revoke stops and shares move. */
const PAGE_MS = 250
/** Below this the request costs more than what it carries. */
const MIN_PAGE_BYTES = 16 * 1024
/** Above this a page holds a reader's memory for no gain. */
const MAX_PAGE_BYTES = 256 * 1024

/** Who asks for a share, for what, and its place in the crowd, [0, 1). */
export interface LeaseAsk {
  readonly leaseId: LeaseGrant['leaseId']
  readonly accountId: AccountId
  readonly client: ClientIdentity
  readonly purpose: LeasePurpose
  readonly wantBytes: number
  readonly place: number
}

/** A running right to draw, as a node keeps it. */
export interface Lease extends LeaseAsk {
  bytesPerSecond: number
  pageBytes: number
  /** What may be drawn since the last grant. */
  budgetBytes: number
  /** What was drawn since the last grant. */
  drawnBytes: number
  /** What was drawn in all. */
  servedBytes: number
  pagesInFlight: number
  reservedBytes: number
  endsAtMs: number
  readonly bucket: TokenBucket
  /** What is kept for it in the queue of those who come after it. */
  readonly booking: Booking
}

/** @returns the most payload a page of a lease holds: never more than a second of its rate, unless it is a single item */
export function pageBytesOf(bytesPerSecond: number): number {
  const quarter = Math.floor((bytesPerSecond * PAGE_MS) / 1000)
  return Math.max(1, Math.min(Math.max(quarter, MIN_PAGE_BYTES), MAX_PAGE_BYTES, bytesPerSecond))
}

/** A lease that begins now, with all its bucket holds to draw at once, but for what its account drew ahead before. */
export function beginLease(
  ask: LeaseAsk,
  { bytesPerSecond, booking, aheadMs }: { bytesPerSecond: number; booking: Booking; aheadMs: number },
  nowMs: number,
): Lease {
  const pageBytes = pageBytesOf(bytesPerSecond)
  const shape = bucketShape(bytesPerSecond, pageBytes)
  return {
    ...ask,
    bytesPerSecond,
    pageBytes,
    budgetBytes: budgetOf(ask.wantBytes, pageBytes),
    drawnBytes: 0,
    servedBytes: 0,
    pagesInFlight: 0,
    reservedBytes: 0,
    endsAtMs: nowMs + LEASE_TERM_MS,
    bucket: new TokenBucket(shape, shape.capacityUnits - (aheadMs * bytesPerSecond) / 1000, nowMs),
    booking,
  }
}

/** Grants anew: another term, another budget, maybe another rate. */
export function renewLease(
  lease: Lease,
  { wantBytes, bytesPerSecond }: { readonly wantBytes: number; readonly bytesPerSecond: number },
  nowMs: number,
): void {
  lease.bytesPerSecond = bytesPerSecond
  lease.pageBytes = pageBytesOf(bytesPerSecond)
  lease.budgetBytes = budgetOf(wantBytes, lease.pageBytes)
  lease.drawnBytes = 0
  lease.endsAtMs = nowMs + LEASE_TERM_MS
  lease.bucket.reshape(bucketShape(bytesPerSecond, lease.pageBytes), nowMs)
}

/** Goes on more slowly than granted, until the next grant says so: pages come as large, and less often. */
export function slowLease(lease: Lease, bytesPerSecond: number, nowMs: number): void {
  lease.bytesPerSecond = bytesPerSecond
  lease.bucket.reshape(bucketShape(bytesPerSecond, lease.pageBytes), nowMs)
}

/** At least a page, because what a client wants is an estimate and the estimate may be zero. */
function budgetOf(wantBytes: number, pageBytes: number): number {
  return Math.min(Math.max(Math.ceil(wantBytes * BUDGET_HEADROOM), pageBytes), Number.MAX_SAFE_INTEGER)
}

/** Two pages deep, one more than clients pace themselves by, so that an honest client whose requests bunch up on their way is not sent away. */
function bucketShape(bytesPerSecond: number, pageBytes: number) {
  return { unitsPerSecond: bytesPerSecond, capacityUnits: pageBytes * LEASE_CONCURRENCY }
}

/** @returns how long a lease's bucket takes to be full again, milliseconds: how far its client is ahead */
export function aheadMsOf({ bucket, bytesPerSecond, pageBytes }: Lease, nowMs: number): number {
  return Math.max(0, ((pageBytes * LEASE_CONCURRENCY - bucket.levelUnits(nowMs)) / bytesPerSecond) * 1000)
}
