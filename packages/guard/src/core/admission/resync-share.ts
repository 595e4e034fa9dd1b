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
 * How the lowest level is shared by account: in fluid shares (decision 0022). Each account that is present has the same
 * part of what the levels above leave, at most `maxShare` of the resource and at least a thirty-second of what is left. So
 * one that wants a hundred times as much gets no more, and one that is wide gets its part all the time instead of its turn.
 */
export class ResyncShare {
  readonly #pools: LevelPools
  readonly #crowd: Crowd
  readonly #maxShare: number
  readonly #leaseless: RecentMap<true>
  #unitsPerSecond: number
  #bearsUnitsPerSecond: number
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
    this.#bearsUnitsPerSecond = options.unitsPerSecond
    this.#leaseless = new RecentMap(LEASELESS_MS, MAX_LEASELESS, nowMs)
    this.#sampledAtMs = nowMs
  }

  /** What all levels together may draw here from now on, of what the whole resource bears. */
  setRate(unitsPerSecond: number, bearsUnitsPerSecond: number, nowMs: number): void {
    this.advance(nowMs)
    this.#unitsPerSecond = unitsPerSecond
    this.#bearsUnitsPerSecond = bearsUnitsPerSecond
  }

  /** Looks at what the levels above drew since it was last asked to. */
  advance(nowMs: number): void {
    const elapsedMs = nowMs - this.#sampledAtMs
    if (elapsedMs >= 0 && elapsedMs < UPPER_SAMPLE_MS) return
    const takenUnits = this.#pools.upperTakenUnits
    const rate = Math.max(0, ((takenUnits - this.#sampledUnits) / Math.max(1, elapsedMs)) * 1000)
    this.#sampledAtMs = nowMs
    this.#sampledUnits = takenUnits
    const weight = 1 - Math.exp(-Math.max(0, elapsedMs) / UPPER_AVERAGE_MS)
    this.#upperUnitsPerSecond += weight * (rate - this.#upperUnitsPerSecond)
  }

  /** What the levels above leave, in the long run. */
  get availablePerSecond(): number {
    return Math.max(0, this.#unitsPerSecond - this.#upperUnitsPerSecond)
  }

  /** The most that one account may hold: its part of the whole resource, as far as it is here. */
  get mostPerSecond(): number {
    return Math.max(1, Math.min(this.#unitsPerSecond, this.#bearsUnitsPerSecond * this.#maxShare))
  }

  /** What could be drawn here now if the whole resource were here: by the levels above, and by as many as are present or wait. */
  demandPerSecond(nowMs: number): number {
    this.advance(nowMs)
    const accountCount = this.#crowd.accountCount + this.#crowd.waitingCount + this.#leaseless.count(nowMs)
    const resyncsPerSecond = accountCount * this.#bearsUnitsPerSecond * this.#maxShare
    return Math.min(this.#bearsUnitsPerSecond, this.#upperUnitsPerSecond + resyncsPerSecond)
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
}
