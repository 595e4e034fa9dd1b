import type { Clock } from '@tidegate/protocol'
import type { ObservationWindow } from '../core/adaptive/observation-window.ts'
import { DEFAULT_METER_SHAPE, type MeterShape, type Outcome, ResourceMeter } from '../core/adaptive/resource-meter.ts'
import { realClock } from './real-clock.ts'

export interface MeterOptions extends Partial<MeterShape> {
  /** The resources that are metered; at least one. */
  readonly resourceIds: readonly string[]
  readonly levels: readonly string[]
  /** Default: the process's monotonic clock. */
  readonly clock?: Pick<Clock, 'nowMs'>
}

export interface Meter {
  /**
   * Called by the host app when somebody asks for storage work, before any queue of its own; the answer is called when the
   * work is over, or with null when nothing was asked of the storage after all. Work that is never ended counts as a timeout.
   *
   * ```ts
   * const done = meter.begin('shard-1', 'interactive')
   * const row = await cache.get(key)
   * done({ ok: true, isHit: row !== undefined })
   * ```
   *
   * @throws RangeError for a resource or a level that was not declared
   */
  begin(resourceId: string, level: string): (outcome: Outcome | null) => void
  /**
   * The windows that are due, one per resource at most, and the next ones begin; called every second or so.
   *
   * @param usedRatioOf of what the resource's limit allowed since `sinceMs`, what was used; null when nobody knows
   */
  takeDue(usedRatioOf: (resourceId: string, sinceMs: number) => number | null): readonly ObservationWindow[]
}

/**
 * Sees how each resource is doing through the host app's own work.
 *
 * @throws RangeError without resources or levels, or with a number that is not above 0
 */
export function meter({ resourceIds, clock = realClock, ...shape }: MeterOptions): Meter {
  if (resourceIds.length === 0) throw new RangeError('Cannot meter: at least one resource is required, got none')
  const nowMs = clock.nowMs()
  const meters = new Map(
    resourceIds.map((resourceId) => [
      resourceId,
      new ResourceMeter(resourceId, { ...DEFAULT_METER_SHAPE, ...shape }, nowMs),
    ]),
  )
  return {
    begin(resourceId, level) {
      const resource = meters.get(resourceId)
      if (!resource) {
        throw new RangeError(
          `Cannot meter: the resource must be one of ${[...meters.keys()].join(', ')}, got ${resourceId}`,
        )
      }
      const operation = resource.begin(level, clock.nowMs())
      return (outcome) => {
        if (outcome) resource.end(operation, outcome, clock.nowMs())
        else resource.cancel(operation)
      }
    },
    takeDue(usedRatioOf) {
      const atMs = clock.nowMs()
      return [...meters.values()]
        .filter((resource) => resource.isDue(atMs))
        .map((resource) => resource.close(atMs, usedRatioOf(resource.resourceId, resource.startedAtMs)))
    },
  }
}
