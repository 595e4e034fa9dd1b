import type { Level } from './levels.ts'

/** A second of capacity may be drawn at once: a bucket. */
export const BUCKET_SECONDS = 1
/** Of what belongs to no level by guarantee, the lowest level leaves so much for those above it, which may need it at once. */
const HEADROOM_SHARE = 0.25

/** Units that were taken and are not settled yet. Which pools they came out of is where they go back to. */
export interface LevelPermit {
  readonly levelIndex: number
  readonly units: number
  readonly ownUnits: number
  readonly commonUnits: number
}

interface Pool {
  readonly share: number
  /** The part of the common pool that is left to the levels above, as a share of the bucket. */
  readonly headroomShare: number
  /** What the two shares are at the rate of now. */
  capacityUnits: number
  headroomUnits: number
  ownUnits: number
  reservedUnits: number
  /** Drawn beyond what was taken: paid back out of what the level itself may use, before it takes anything. */
  debtUnits: number
}

/**
 * What levels may draw from one resource. Every level has a pool of its own, filled at its guaranteed share of the rate;
 * what overflows is lent: it falls into the common pool, and so does what is guaranteed to nobody. A level takes from its
 * own pool, then from the common one, but never the last part of that, which is headroom for the levels above. So:
 *
 * - in any window of t seconds all levels together are let draw at most rate × t and one bucket (G4), where a bucket is
 *   a second of the rate: the pools and what is reserved out of them never hold more. An operation that draws more than
 *   it took, or costs more than its level ever holds, is let through once and paid back;
 * - what one level leaves is there for the others in the same moment, and its own pool is full when it comes back (G5);
 * - whatever a lower level does, those above find their own pools, the headroom, and all that flows in (G5).
 *
 * Starts empty, so that a node that starts again has not handed out two buckets. A clock that steps back fills nothing.
 */
export class LevelPools {
  readonly #pools: readonly Pool[]
  readonly #commonShare: number
  #commonCapacityUnits = 0
  #commonUnits = 0
  #reservedUnits = 0
  #unitsPerSecond: number
  #filledAtMs: number
  #upperTakenUnits = 0
  #debtCount = 0

  /** @param levels from the first to the last, checked */
  constructor(levels: readonly Level[], unitsPerSecond: number, nowMs: number) {
    this.#commonShare = 1 - levels.reduce((sum, level) => sum + level.guaranteedShare, 0)
    this.#pools = levels.map(({ guaranteedShare }, index) => ({
      share: guaranteedShare,
      headroomShare: index === 0 ? 0 : (this.#commonShare * HEADROOM_SHARE * index) / (levels.length - 1),
      capacityUnits: 0,
      headroomUnits: 0,
      ownUnits: 0,
      reservedUnits: 0,
      debtUnits: 0,
    }))
    this.#unitsPerSecond = unitsPerSecond
    this.#filledAtMs = nowMs
    this.#size(unitsPerSecond)
  }

  /** What the levels above the lowest drew since the beginning. */
  get upperTakenUnits(): number {
    return this.#upperTakenUnits
  }

  /** The most that a level may hold at once, in units. */
  capacityUnits(levelIndex: number): number {
    const { capacityUnits, headroomUnits } = this.#pool(levelIndex)
    return capacityUnits + this.#commonCapacityUnits - headroomUnits
  }

  /** Goes on at another rate, 0 included. What is in the pools stays as far as it fits: a lower rate counts at once. */
  setRate(unitsPerSecond: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#size(unitsPerSecond)
    for (const pool of this.#pools) pool.ownUnits = Math.min(pool.ownUnits, ownCeiling(pool))
    this.#commonUnits = Math.min(this.#commonUnits, this.#commonCeiling())
  }

  /** Takes `units` for a level, or nothing and null when there are fewer. */
  take(levelIndex: number, units: number, nowMs: number): LevelPermit | null {
    this.#fill(nowMs)
    const pool = this.#pool(levelIndex)
    const aboveHeadroom = this.#commonUnits - pool.headroomUnits
    const usable = pool.ownUnits + Math.max(0, aboveHeadroom)
    const isThere = usable >= units
    if (pool.debtUnits > 0 || !(isThere || this.#isTooLarge(levelIndex, units, usable))) return null
    const ownUnits = Math.min(units, pool.ownUnits)
    const commonUnits = Math.min(units - ownUnits, Math.max(0, aboveHeadroom))
    pool.ownUnits -= ownUnits
    pool.reservedUnits += ownUnits
    this.#commonUnits -= commonUnits
    this.#reservedUnits += commonUnits
    if (!isThere) this.#owe(pool, units - ownUnits - commonUnits)
    if (levelIndex < this.#pools.length - 1) this.#upperTakenUnits += units
    return { levelIndex, units, ownUnits, commonUnits }
  }

  /** Ends a permit: what was not drawn goes back, what was drawn beyond it becomes the level's debt. */
  settle({ levelIndex, units, ownUnits, commonUnits }: LevelPermit, drawnUnits: number, nowMs: number): void {
    this.#fill(nowMs)
    const pool = this.#pool(levelIndex)
    pool.reservedUnits -= ownUnits
    this.#reservedUnits -= commonUnits
    if (drawnUnits === units) return
    if (levelIndex < this.#pools.length - 1) this.#upperTakenUnits += drawnUnits - units
    const owedUnits = pool.debtUnits + drawnUnits - units
    if (owedUnits !== pool.debtUnits) this.#owe(pool, Math.max(0, owedUnits))
    // What is there pays at once: a level that has enough stands still for nobody's wrong guess.
    if (pool.debtUnits > 0) this.#payDebt(pool)
    // What all may use is given back first; a debt was never taken out of a pool, so it is not given back to one.
    const backUnits = Math.min(Math.max(0, -owedUnits), ownUnits + commonUnits)
    const backToCommon = Math.min(backUnits, commonUnits)
    this.#commonUnits = Math.min(this.#commonUnits + backToCommon, this.#commonCeiling())
    pool.ownUnits = Math.min(pool.ownUnits + backUnits - backToCommon, ownCeiling(pool))
  }

  /** Another level drew so much from elsewhere: the lowest leaves as much out, of a bucket at most. */
  oweLowest(units: number, nowMs: number): void {
    this.#fill(nowMs)
    const lowest = this.#pool(this.#pools.length - 1)
    const owedUnits = Math.min(lowest.debtUnits + units, this.#unitsPerSecond * BUCKET_SECONDS)
    if (owedUnits > lowest.debtUnits) this.#owe(lowest, owedUnits)
  }

  /** @returns milliseconds until a level could take `units` if nobody else did; 0 when it can, Infinity at a rate of 0 */
  waitMs(levelIndex: number, units: number, nowMs: number): number {
    this.#fill(nowMs)
    const pool = this.#pool(levelIndex)
    if (this.#unitsPerSecond === 0) return Number.POSITIVE_INFINITY
    const neededUnits = Math.min(units, this.capacityUnits(levelIndex)) + pool.debtUnits
    const aboveHeadroom = this.#commonUnits - pool.headroomUnits
    const missingUnits = neededUnits - pool.ownUnits - aboveHeadroom
    return missingUnits <= 0 ? 0 : Math.ceil((missingUnits / this.#unitsPerSecond) * 1000)
  }

  /** More than the level could ever hold: let through when it is full, or it would wait for ever. */
  #isTooLarge(levelIndex: number, units: number, usable: number): boolean {
    const capacityUnits = this.capacityUnits(levelIndex)
    return capacityUnits > 0 && units > capacityUnits && usable >= capacityUnits * (1 - 1e-9)
  }

  #fill(nowMs: number): void {
    const elapsedMs = nowMs - this.#filledAtMs
    if (elapsedMs === 0) return
    this.#filledAtMs = nowMs
    if (elapsedMs < 0) return
    const inflowUnits = (elapsedMs * this.#unitsPerSecond) / 1000
    let spareUnits = inflowUnits * this.#commonShare
    // The hot path of every decision: no iterator, and nothing that is worked out again.
    for (let at = 0; at < this.#pools.length; at++) {
      const pool = this.#pools[at]
      if (pool && pool.share > 0) spareUnits += fillOwn(pool, inflowUnits * pool.share)
    }
    this.#commonUnits = Math.min(this.#commonUnits + spareUnits, Math.max(this.#commonUnits, this.#commonCeiling()))
    if (this.#debtCount > 0) for (const pool of this.#pools) this.#payDebt(pool)
  }

  #payDebt(pool: Pool): void {
    const fromOwn = Math.min(pool.debtUnits, pool.ownUnits)
    pool.ownUnits -= fromOwn
    const aboveHeadroom = Math.max(0, this.#commonUnits - pool.headroomUnits)
    const fromCommon = Math.min(pool.debtUnits - fromOwn, aboveHeadroom)
    this.#commonUnits -= fromCommon
    this.#owe(pool, pool.debtUnits - fromOwn - fromCommon)
  }

  #size(unitsPerSecond: number): void {
    const bucketUnits = unitsPerSecond * BUCKET_SECONDS
    this.#unitsPerSecond = unitsPerSecond
    this.#commonCapacityUnits = this.#commonShare * bucketUnits
    for (const pool of this.#pools) {
      pool.capacityUnits = pool.share * bucketUnits
      pool.headroomUnits = pool.headroomShare * bucketUnits
    }
  }

  #owe(pool: Pool, units: number): void {
    this.#debtCount += Number(units > 0) - Number(pool.debtUnits > 0)
    pool.debtUnits = units
  }

  #commonCeiling(): number {
    return Math.max(0, this.#commonCapacityUnits - this.#reservedUnits)
  }

  #pool(levelIndex: number): Pool {
    const pool = this.#pools[levelIndex]
    if (pool) return pool
    throw new RangeError(`Cannot take: there are ${this.#pools.length} levels, got index ${levelIndex}`)
  }
}

/** @returns what did not fit */
function fillOwn(pool: Pool, units: number): number {
  const keptUnits = Math.min(units, Math.max(0, ownCeiling(pool) - pool.ownUnits))
  pool.ownUnits += keptUnits
  return units - keptUnits
}

function ownCeiling({ capacityUnits, reservedUnits }: Pool): number {
  return Math.max(0, capacityUnits - reservedUnits)
}
