import { pageBytesOf } from '../admission/lease.ts'
import { TokenBucket } from '../admission/token-bucket.ts'
import type { Drawing, SwitchBoard } from './switch-board.ts'

/** A resource as one node may use it now. */
export interface ThrottledResource {
  readonly resourceId: string
  readonly bytesPerSecond: number
}

/** A page that every throttle lets through. Ended with `end`, whatever happened. */
export interface ThrottlePermit {
  readonly pageBytes: number
  readonly buckets: readonly TokenBucket[]
}

/**
 * What throttled pages draw, on one node, in memory: what one switch is about draws at most its share of a resource's rate,
 * × t and one second of it, from the moment the node knows of the switch. Without a switch in force nothing is counted.
 */
export class ThrottleGate {
  readonly #buckets = new Map<string, { readonly switchNo: number; readonly bucket: TokenBucket }>()

  /**
   * Reserves a page before it is read.
   *
   * @param pageBytes the most that is wanted; the permit may be for less
   * @returns the permit, or how long to wait: null when nothing is let through until a switch ends
   */
  tryBegin(
    board: SwitchBoard,
    drawing: Omit<Drawing, 'resourceId'> & { readonly resource: ThrottledResource },
    pageBytes: number,
    at: { readonly nowMs: number; readonly wallNowMs: number },
  ): ThrottlePermit | { readonly waitMs: number | null } {
    const { resource, clientClass } = drawing
    const throttles = board.throttlesOf({ resourceId: resource.resourceId, clientClass }, at.wallNowMs)
    this.#forget(board, at.wallNowMs)
    let fittingBytes = pageBytes
    const buckets: TokenBucket[] = []
    for (const { switchNo, toRatio } of throttles) {
      const bytesPerSecond = Math.floor(resource.bytesPerSecond * toRatio)
      if (bytesPerSecond < 1) return { waitMs: null }
      fittingBytes = Math.min(fittingBytes, pageBytesOf(bytesPerSecond))
      buckets.push(this.#bucketOf(switchNo, resource.resourceId, bytesPerSecond, at.nowMs))
    }
    const waitMs = Math.max(0, ...buckets.map((bucket) => bucket.waitMs(fittingBytes, at.nowMs)))
    if (waitMs > 0) return { waitMs }
    for (const bucket of buckets) bucket.tryReserve(fittingBytes, at.nowMs)
    return { pageBytes: fittingBytes, buckets }
  }

  end({ buckets, pageBytes }: ThrottlePermit, drawnBytes: number, nowMs: number): void {
    for (const bucket of buckets) bucket.settle(pageBytes, drawnBytes, nowMs)
  }

  /** Empty at first, so that a class that is slowed down in full flow is slow at once. The share moves with the resource's rate. */
  #bucketOf(switchNo: number, resourceId: string, bytesPerSecond: number, nowMs: number): TokenBucket {
    const key = `${switchNo} ${resourceId}`
    const shape = { unitsPerSecond: bytesPerSecond, capacityUnits: bytesPerSecond }
    const known = this.#buckets.get(key)?.bucket
    known?.reshape(shape, nowMs)
    const bucket = known ?? new TokenBucket(shape, 0, nowMs)
    if (!known) this.#buckets.set(key, { switchNo, bucket })
    return bucket
  }

  #forget(board: SwitchBoard, wallNowMs: number): void {
    if (this.#buckets.size === 0) return
    const inForce = new Set(board.inForce(wallNowMs).map(({ switchNo }) => switchNo))
    for (const [key, { switchNo }] of this.#buckets) if (!inForce.has(switchNo)) this.#buckets.delete(key)
  }
}
