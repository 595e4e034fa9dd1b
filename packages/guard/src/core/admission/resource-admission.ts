import type { ResourceId } from '@tidegate/protocol'
import type { Resource } from '../../resources.ts'
import { Crowd } from './crowd.ts'
import { type BulkLimit, DEFAULT_BULK_LIMIT } from './draw-book.ts'
import { LevelPools } from './level-pools.ts'
import { checkedLevels, DEFAULT_LEVELS, type Level, type Neighbour } from './levels.ts'
import { type OperationPermit, type OperationRefusal, Operations } from './operations.ts'
import { ResyncLeases } from './resync-leases.ts'
import { ResyncShare } from './resync-share.ts'

/** How a resource is divided. */
export interface AdmissionOptions {
  /** From the first to the last; leases draw from the last. */
  readonly levels: readonly Level[]
  /** Services that keep their part of the storage whatever mail does. */
  readonly neighbours: readonly Neighbour[]
  /** The most of the resource that one account's resyncs may hold, (0, 1]. */
  readonly maxShare: number
  /** From where on an account at the first level is charged at the last. */
  readonly bulk: BulkLimit
}

/** A quarter, so that four accounts at least share a resource at a time. */
export const ADMISSION_DEFAULTS: AdmissionOptions = {
  levels: DEFAULT_LEVELS,
  neighbours: [],
  maxShare: 0.25,
  bulk: DEFAULT_BULK_LIMIT,
}

/**
 * What one node lets be drawn from one resource, by level, neighbour, account and lease, decided in memory.
 *
 * All of it together stays within the rate × t and one bucket in any window (G4; see {@link LevelPools}), where the rate is
 * what `setRate` said last and a bucket is a second of it. Neighbours' parts are taken off first, used or not: they lend
 * nothing to mail, and mail nothing to them.
 */
export class ResourceAdmission {
  readonly resourceId: ResourceId
  /** As the host declared it; the node's rate may be lower. */
  readonly capacityBytesPerSecond: number
  /** The name of the level that goes first. */
  readonly firstLevel: string
  readonly leases: ResyncLeases
  readonly #operations: Operations
  readonly #pools: LevelPools
  readonly #share: ResyncShare
  readonly #mailShare: number
  #unitsPerSecond: number
  #bearsUnitsPerSecond: number

  /** @throws RangeError for levels or neighbours that cannot be */
  constructor(resource: Resource, options: Partial<AdmissionOptions>, nowMs: number) {
    const { levels, neighbours, maxShare, bulk } = checkedLevels({ ...ADMISSION_DEFAULTS, ...options })
    this.resourceId = resource.resourceId
    this.capacityBytesPerSecond = resource.capacityBytesPerSecond
    this.#unitsPerSecond = resource.capacityBytesPerSecond
    this.#bearsUnitsPerSecond = resource.capacityBytesPerSecond
    this.firstLevel = levels[0]?.name ?? ''
    this.#mailShare = 1 - neighbours.reduce((sum, { share }) => sum + share, 0)
    const unitsPerSecond = this.#unitsPerSecond * this.#mailShare
    const crowd = new Crowd(nowMs)
    const pools = new LevelPools(levels, unitsPerSecond, nowMs)
    const share = new ResyncShare(pools, crowd, { maxShare, unitsPerSecond }, nowMs)
    this.#pools = pools
    this.#share = share
    const of = { pools, share, levels, neighbours, bulk, unitsPerSecond: this.#unitsPerSecond }
    this.#operations = new Operations(of, nowMs)
    const { resourceId } = this
    this.leases = new ResyncLeases({ resourceId, pools, levelIndex: levels.length - 1, share, crowd }, nowMs)
  }

  /** What resyncs and all else together may draw here now, in cost units per second. */
  get unitsPerSecond(): number {
    return this.#unitsPerSecond
  }

  /** What all but resyncs may draw here at most. */
  get bearsUnitsPerSecond(): number {
    return this.#bearsUnitsPerSecond
  }

  /**
   * Goes on at another rate; a lower one counts for the next page and the next operation.
   *
   * A node that shares the resource with others has a part of it. Resyncs never draw beyond that (G4). People, deliveries
   * and neighbours do, up to all that the resource bears: a store that is out of reach must not cost anybody a page (G8).
   * What they draw beyond the node's part its resyncs leave out, for a second at most afterwards.
   *
   * @param unitsPerSecond the node's part, >= 0, where 0 lets no resync through
   * @param bearsUnitsPerSecond all that the resource bears now, at least as much. Default: the node has it to itself
   * @throws RangeError for anything else
   */
  setRate(unitsPerSecond: number, nowMs: number, bearsUnitsPerSecond = unitsPerSecond): void {
    if (!(unitsPerSecond >= 0 && unitsPerSecond < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `Cannot set the rate of ${this.resourceId}: a number from 0 is required, got ${unitsPerSecond}`,
      )
    }
    if (!(bearsUnitsPerSecond >= unitsPerSecond && bearsUnitsPerSecond < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `Cannot set the rate of ${this.resourceId}: it bears ${unitsPerSecond} at least, got ${bearsUnitsPerSecond}`,
      )
    }
    this.#unitsPerSecond = unitsPerSecond
    this.#bearsUnitsPerSecond = bearsUnitsPerSecond
    this.#share.setRate(unitsPerSecond * this.#mailShare, bearsUnitsPerSecond * this.#mailShare, nowMs)
    this.#pools.setRate(unitsPerSecond * this.#mailShare, nowMs)
    this.#operations.setRate(unitsPerSecond, bearsUnitsPerSecond, nowMs)
  }

  /**
   * Whether an operation may draw now, charged with what it is expected to cost.
   *
   * @param pool the name of a level or of a neighbour
   * @param units expected cost: payload bytes, or what else works the storage as hard; >= 0
   * @throws RangeError for a name that there is no pool of, or units that are not a number from 0
   */
  admit(pool: string, accountId: string, units: number, nowMs: number): OperationPermit | OperationRefusal {
    return this.#operations.admit(pool, accountId, units, nowMs)
  }

  /** Ends an operation with what it cost; one that failed counts whole, because the storage worked for it. */
  settle(permit: OperationPermit, drawnUnits: number, nowMs: number): void {
    this.#operations.settle(permit, drawnUnits, nowMs)
  }

  /** What was drawn although it was refused, where nothing is refused yet. */
  noteUnheld(pool: string, drawnUnits: number): void {
    this.#operations.noteUnheld(pool, drawnUnits)
  }

  /** What it could use of the whole resource now, in cost units per second: what nodes that share it divide by. */
  demandUnitsPerSecond(nowMs: number): number {
    return this.#share.demandPerSecond(nowMs) + (1 - this.#mailShare) * this.#bearsUnitsPerSecond
  }

  /** What was drawn since the node began, with and without leases. */
  drawnUnits(nowMs: number): number {
    const { servedBytes } = this.leases.figures(nowMs)
    return this.#operations.figures().reduce((sum, pool) => sum + pool.drawnUnits, servedBytes)
  }

  /** What is drawn and who waits, and what was drawn since the node began. */
  figures(nowMs: number) {
    return {
      resourceId: this.resourceId,
      capacityBytesPerSecond: this.capacityBytesPerSecond,
      unitsPerSecond: this.#unitsPerSecond,
      ...this.leases.figures(nowMs),
      pools: this.#operations.figures(),
    }
  }
}
