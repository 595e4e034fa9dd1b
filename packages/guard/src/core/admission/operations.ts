import { positionFromSeed, positionSeed } from '@tidegate/protocol'
import { type AccountDraws, type BulkLimit, DrawBook } from './draw-book.ts'
import { BUCKET_SECONDS, type LevelPermit, type LevelPools } from './level-pools.ts'
import type { Level, Neighbour } from './levels.ts'
import type { ResyncShare } from './resync-share.ts'
import { MAX_RETRY_MS, spreadRetryMs } from './retry-after.ts'
import { TokenBucket } from './token-bucket.ts'

/** An operation that may go on. Ended with `settle`, whatever happened, with what it really cost. */
export interface OperationPermit {
  readonly kind: 'admitted'
  readonly units: number
  /** What it came out of: the pool that was asked for, or the lowest level's where an account reads in bulk. */
  readonly pool: OperationPool
  readonly askedPool: OperationPool
  readonly account: AccountDraws
  readonly taken: LevelPermit | null
  readonly msPerUnit: number
}

/** Come back later; nothing was done and nothing was taken. */
export interface OperationRefusal {
  readonly kind: 'refused'
  /** Whole milliseconds, 1 to 75,000, also for clients that understand nothing but `Retry-After`. */
  readonly retryAfterMs: number
}

/** A level or a neighbour, as it is asked for by name. */
export interface OperationPool {
  readonly name: string
  /** Null for a neighbour. */
  readonly levelIndex: number | null
  readonly bucket: TokenBucket | null
  readonly share: number
  /** Those who were refused come back one behind the other until then. */
  queueEndsAtMs: number
  drawnUnits: number
  admittedCount: number
  refusedCount: number
}

/** Below this, asking again costs more than what is waited for. */
const MIN_RETRY_MS = 100
/** How much of its share an account without a lease may draw at once. */
const LEASELESS_BURST_MS = 1_000
const RETRY_SEED = positionSeed('retry-after')

/**
 * What is drawn from one resource without a lease: by people, deliveries, jobs, neighbouring services. Decided at once,
 * never queued. Whoever is refused is told when: as if all who were refused stood in one line and were served at the
 * resource's rate, so a small excess comes back in moments and a storm spread over a minute. Coming early changes neither
 * one's own time nor that of others.
 *
 * The lowest level is shared by account here too ({@link ResyncShare}). Whoever reads in bulk at the first level is
 * charged there: labels do not open doors.
 */
export class Operations {
  readonly #pools: LevelPools
  readonly #share: ResyncShare
  readonly #book: DrawBook
  readonly #byName = new Map<string, OperationPool>()
  readonly #first: OperationPool
  readonly #lowest: OperationPool
  /** What all levels above the lowest may draw: all that the resource bears, whatever the node's part of it. Kept while that is not all of it. */
  readonly #upper: TokenBucket
  readonly #mailShare: number
  #unitsPerSecond: number
  #bearsUnitsPerSecond: number

  constructor(
    of: {
      readonly pools: LevelPools
      readonly share: ResyncShare
      readonly levels: readonly Level[]
      readonly neighbours: readonly Neighbour[]
      readonly bulk: BulkLimit
      readonly unitsPerSecond: number
    },
    nowMs: number,
  ) {
    this.#pools = of.pools
    this.#share = of.share
    this.#book = new DrawBook(of.bulk, nowMs)
    this.#unitsPerSecond = of.unitsPerSecond
    this.#bearsUnitsPerSecond = of.unitsPerSecond
    this.#mailShare = 1 - of.neighbours.reduce((sum, { share }) => sum + share, 0)
    this.#upper = new TokenBucket(bucketShape(of.unitsPerSecond * this.#mailShare), 0, nowMs)
    const levels = of.levels.map(({ name, guaranteedShare }, levelIndex) =>
      this.#add({ name, levelIndex, bucket: null, share: guaranteedShare }),
    )
    for (const { name, share } of of.neighbours) {
      const bucket = new TokenBucket(bucketShape(share * of.unitsPerSecond), 0, nowMs)
      this.#add({ name, levelIndex: null, bucket, share })
    }
    const [first] = levels
    const lowest = levels.at(-1)
    if (!first || !lowest) throw new RangeError('Cannot admit: at least one level is required, got none')
    this.#first = first
    this.#lowest = lowest
  }

  setRate(unitsPerSecond: number, bearsUnitsPerSecond: number, nowMs: number): void {
    this.#unitsPerSecond = unitsPerSecond
    if (bearsUnitsPerSecond === this.#bearsUnitsPerSecond) return
    this.#bearsUnitsPerSecond = bearsUnitsPerSecond
    this.#upper.reshape(bucketShape(bearsUnitsPerSecond * this.#mailShare), nowMs)
    for (const { bucket, share } of this.#byName.values()) {
      bucket?.reshape(bucketShape(share * bearsUnitsPerSecond), nowMs)
    }
  }

  /**
   * @param pool the name of a level or of a neighbour
   * @param units what it is expected to cost, >= 0
   * @throws RangeError for a name that there is no pool of, or units that are not a number from 0
   */
  admit(pool: string, accountId: string, units: number, nowMs: number): OperationPermit | OperationRefusal {
    const asked = this.#byName.get(pool)
    if (asked === undefined || !(units >= 0 && units < Number.POSITIVE_INFINITY)) throw this.#notAdmissible(pool, units)
    const account = this.#book.of(accountId, nowMs)
    if (asked.bucket) {
      if (!asked.bucket.tryReserve(units, nowMs)) {
        return this.#refuse(asked, account, { accountId, units, waitMs: asked.bucket.waitMs(units, nowMs), nowMs })
      }
      return admitted(asked, asked, account, units, null, 0)
    }
    const isBulk = asked === this.#first && this.#first !== this.#lowest && this.#book.isBulk(account, units, nowMs)
    const charged = isBulk ? this.#lowest : asked
    if (charged === this.#lowest) return this.#admitLowest(asked, account, accountId, units, nowMs)
    const levelIndex = charged.levelIndex ?? 0
    const taken = this.#pools.take(levelIndex, units, nowMs)
    if (taken === null && !this.#takeBeyond(units, nowMs)) {
      const upperMs = this.#isPart ? this.#upper.waitMs(units, nowMs) : Number.POSITIVE_INFINITY
      const waitMs = Math.min(this.#pools.waitMs(levelIndex, units, nowMs), upperMs)
      return this.#refuse(charged, account, { accountId, units, waitMs, nowMs })
    }
    if (taken !== null && this.#isPart) this.#upper.settle(0, units, nowMs)
    if (asked === this.#first) this.#book.note(account, units)
    return admitted(charged, asked, account, units, taken, 0)
  }

  /** Ends an operation: charges what it cost beyond the estimate, or refunds what it did not. */
  settle(permit: OperationPermit, drawnUnits: number, nowMs: number): void {
    const { pool, askedPool, account, units, taken } = permit
    pool.drawnUnits += drawnUnits
    if (taken) this.#pools.settle(taken, drawnUnits, nowMs)
    else (pool.bucket ?? this.#upper).settle(units, drawnUnits, nowMs)
    if (drawnUnits === units) return
    if (askedPool === this.#first) this.#book.note(account, drawnUnits - units)
    account.finishAtMs += (drawnUnits - units) * permit.msPerUnit
  }

  /** Counts what was drawn although it was refused. */
  noteUnheld(pool: string, drawnUnits: number): void {
    const asked = this.#byName.get(pool)
    if (asked) asked.drawnUnits += drawnUnits
  }

  /** What each pool let draw since the node began, and how often it said yes and no. */
  figures() {
    return [...this.#byName.values()].map(({ name, drawnUnits, admittedCount, refusedCount }) => ({
      name,
      drawnUnits,
      admittedCount,
      refusedCount,
    }))
  }

  #admitLowest(asked: OperationPool, account: AccountDraws, accountId: string, units: number, nowMs: number) {
    const pool = this.#lowest
    this.#share.advance(nowMs)
    const aheadMs = account.finishAtMs - nowMs
    this.#share.noteLeaseless(accountId, nowMs)
    // Refused or not: whoever goes on asking for as much goes on reading in bulk.
    if (asked === this.#first) this.#book.note(account, units)
    if (aheadMs > LEASELESS_BURST_MS) {
      return this.#refuse(pool, account, { accountId, units: 0, waitMs: aheadMs - LEASELESS_BURST_MS, nowMs })
    }
    const levelIndex = pool.levelIndex ?? 0
    const taken = this.#pools.take(levelIndex, units, nowMs)
    if (taken === null) {
      const waitMs = this.#pools.waitMs(levelIndex, units, nowMs)
      return this.#refuse(pool, account, { accountId, units, waitMs, nowMs })
    }
    const msPerUnit = 1000 / this.#share.fairPerSecond(accountId, nowMs)
    account.finishAtMs = Math.max(account.finishAtMs, nowMs) + units * msPerUnit
    return admitted(pool, asked, account, units, taken, msPerUnit)
  }

  /** For a level above the lowest, which has no more of the node's part. */
  #takeBeyond(units: number, nowMs: number): boolean {
    if (!this.#isPart || !this.#upper.tryReserve(units, nowMs)) return false
    this.#pools.oweLowest(units, nowMs)
    return true
  }

  /** Whether others have the rest of the resource. */
  get #isPart(): boolean {
    return this.#unitsPerSecond < this.#bearsUnitsPerSecond
  }

  #refuse(
    pool: OperationPool,
    account: AccountDraws,
    by: { readonly accountId: string; readonly units: number; readonly waitMs: number; readonly nowMs: number },
  ): OperationRefusal {
    const { nowMs } = by
    pool.refusedCount += 1
    if (account.toldUntilMs <= nowMs) {
      const dueAtMs = Math.max(pool.queueEndsAtMs, nowMs + Math.max(by.waitMs, MIN_RETRY_MS))
      const rate = pool === this.#lowest ? this.#unitsPerSecond : this.#bearsUnitsPerSecond
      const servedMs = rate > 0 ? (by.units / rate) * 1000 : MAX_RETRY_MS
      pool.queueEndsAtMs = Math.min(dueAtMs + servedMs, nowMs + MAX_RETRY_MS)
      account.toldUntilMs = nowMs + spreadRetryMs(dueAtMs - nowMs, positionFromSeed(RETRY_SEED, by.accountId))
    }
    return { kind: 'refused', retryAfterMs: Math.ceil(account.toldUntilMs - nowMs) }
  }

  #add(of: Pick<OperationPool, 'name' | 'levelIndex' | 'bucket' | 'share'>): OperationPool {
    const pool = { ...of, queueEndsAtMs: 0, drawnUnits: 0, admittedCount: 0, refusedCount: 0 }
    this.#byName.set(pool.name, pool)
    return pool
  }

  #notAdmissible(pool: string, units: number): RangeError {
    if (this.#byName.has(pool)) return new RangeError(`Cannot admit: units must be a number from 0, got ${units}`)
    const names = [...this.#byName.keys()].join(', ')
    return new RangeError(`Cannot admit: there is no pool ${pool}, only ${names}`)
  }
}

function admitted(
  pool: OperationPool,
  askedPool: OperationPool,
  account: AccountDraws,
  units: number,
  taken: LevelPermit | null,
  msPerUnit: number,
): OperationPermit {
  pool.admittedCount += 1
  return { kind: 'admitted', units, pool, askedPool, account, taken, msPerUnit }
}

function bucketShape(unitsPerSecond: number) {
  return { unitsPerSecond, capacityUnits: unitsPerSecond * BUCKET_SECONDS }
}
