import type { Crowd } from './crowd.ts'
import type { LevelPools } from './level-pools.ts'
import { RecentMap } from './recent-map.ts'

/** With so many at once on a resource, the next waits: slower than a thirty-second of it, a resync only holds a connection. */
export const MAX_LEASE_COUNT = 32
/** How long what the levels above draw is averaged over: a few renewals of leases would be too slow, a page too nervous. */
const UPPER_AVERAGE_MS = 2_000
const UPPER_SAMPLE_MS = 250
/** An account that drew without a lease counts as present for so long after, twice at most. */
const LEASELESS_MS = 5_000
const MAX_LEASELESS = 50_000

/**
 * How the lowest level is shared by account: in fluid shares (decision 0022). Each account that is present has the same part, at most
 * `maxShare` of the resource and at least a thirty-second, so one that wants a hundred times as much gets no more, and one
 * that is wide gets its part all the time instead of its turn.
 *
 * Shares are promised at a rate and kept in the resource's own **pace**, a virtual time: while the levels above leave
 * less than all shares together claim, it slows down by as much for everybody, so the cut lands on all alike and whoever
 * asks at the right moment gains nothing.
 */
export class ResyncShare {
  readonly #pools: LevelPools
  readonly #crowd: Crowd
  readonly #maxShare: number
  readonly #leaseless: RecentMap<true>
  #unitsPerSecond: number
  #paceMs: number
  #advancedAtMs: number
  #inflowUnits = 0
  #sampledAtMs: number
  #sampledUnits = 0
  #upperUnitsPerSecond = 0

  constructor(
    pools: LevelPools,
    crowd: Crowd,
    options: { readonly maxShare: number; readonly unitsPerSecond: number },
    nowMs: number,
  ) {
    this.#pools = pools
    this.#crowd = crowd
    this.#maxShare = options.maxShare
    this.#unitsPerSecond = options.unitsPerSecond
    this.#leaseless = new RecentMap(LEASELESS_MS, MAX_LEASELESS, nowMs)
    this.#paceMs = nowMs
    this.#advancedAtMs = nowMs
    this.#sampledAtMs = nowMs
  }

  /** What all levels together may draw from now on. */
  setRate(unitsPerSecond: number, nowMs: number): void {
    this.advance(nowMs)
    this.#unitsPerSecond = unitsPerSecond
  }

  /** The pace's own time, milliseconds; never faster than the clock. */
  advance(nowMs: number): number {
    const elapsedMs = nowMs - this.#advancedAtMs
    if (elapsedMs === 0) return this.#paceMs
    this.#advancedAtMs = nowMs
    const inflowUnits = this.#pools.lowestInflowUnits(nowMs)
    const offeredUnits = inflowUnits - this.#inflowUnits
    this.#inflowUnits = inflowUnits
    this.#sample(nowMs)
    if (elapsedMs < 0) return this.#paceMs
    const claimedUnits = (this.#claimedPerSecond(nowMs) * elapsedMs) / 1000
    // Rounding is not a slow-down.
    const isEnough = offeredUnits >= claimedUnits * (1 - 1e-9)
    this.#paceMs += isEnough ? elapsedMs : (elapsedMs * offeredUnits) / claimedUnits
    return this.#paceMs
  }

  /** The pace's time when it was last looked at. */
  get paceMs(): number {
    return this.#paceMs
  }

  /** What the levels above leave, in the long run. */
  get availablePerSecond(): number {
    return Math.max(0, this.#unitsPerSecond - this.#upperUnitsPerSecond)
  }

  /** The most that one account may hold. */
  get mostPerSecond(): number {
    return Math.max(1, this.#unitsPerSecond * this.#maxShare)
  }

  /** Below this it is not worth beginning. */
  get leastPerSecond(): number {
    return Math.max(1, this.availablePerSecond / MAX_LEASE_COUNT)
  }

  /** What an account may draw now, all its clients together, whether it is present yet or not. */
  fairPerSecond(accountId: string, nowMs: number): number {
    const accountCount = this.#crowd.accountCountWith(accountId) + this.#leaseless.count(nowMs)
    return Math.min(Math.max(this.availablePerSecond / accountCount, this.leastPerSecond), this.mostPerSecond)
  }

  /** An account drew without a lease: among others it counts as present for a while. */
  noteLeaseless(accountId: string, nowMs: number): void {
    if (this.#leaseless.get(accountId, nowMs) === undefined) this.#leaseless.set(accountId, true)
  }

  #claimedPerSecond(nowMs: number): number {
    const accountCount = this.#crowd.accountCount + this.#leaseless.count(nowMs)
    const fair = Math.min(this.#unitsPerSecond / Math.max(1, accountCount), this.mostPerSecond)
    return this.#crowd.bytesPerSecond + this.#leaseless.count(nowMs) * fair
  }

  #sample(nowMs: number): void {
    const elapsedMs = nowMs - this.#sampledAtMs
    if (elapsedMs >= 0 && elapsedMs < UPPER_SAMPLE_MS) return
    const takenUnits = this.#pools.upperTakenUnits
    const rate = Math.max(0, ((takenUnits - this.#sampledUnits) / Math.max(1, elapsedMs)) * 1000)
    this.#sampledAtMs = nowMs
    this.#sampledUnits = takenUnits
    const weight = 1 - Math.exp(-Math.max(0, elapsedMs) / UPPER_AVERAGE_MS)
    this.#upperUnitsPerSecond += weight * (rate - this.#upperUnitsPerSecond)
  }
}
