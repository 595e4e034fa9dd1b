import type { ResourceId } from '@tidegate/protocol'
import type { ShareNode } from '../core/shares/node-shares.ts'
import type { ShareFigures } from '../core/shares/share-figures.ts'
import { DEFAULT_SAFE_RATIO } from '../core/shares/share-terms.ts'
import type { Resource } from '../resources.ts'

/** Which part of a fleet a node is, and what the fleet shares. */
export interface ShareOptions {
  /** The node's deployment ordinal, 1 to `slotCount`: no two nodes that run have the same. */
  readonly slot: number
  /** How many nodes there may be at a time, 1 to 1,000. Each has its safe share kept for it, whether or not it runs. */
  readonly slotCount: number
  /** Draws an id that was never drawn before, as `crypto.randomUUID` does: the process's name. */
  readonly newId: () => string
  readonly resources: readonly Resource[]
  /** What all nodes may admit while none of them reaches the store, of the whole, (0, 1]. Default 0.2. */
  readonly safeRatio?: number
  /** What this node could use of a resource now, in cost units per second, however much there is. */
  readonly demandOf: (resourceId: ResourceId) => number
  /** The machine's own time of day. Default `Date.now`. */
  readonly systemNowMs?: () => number
  /** Told when the node's share becomes another kind, or for another reason, and what failed if that is why. */
  readonly onChange?: (figures: ShareFigures, error?: unknown) => void
}

const MAX_SLOT_COUNT = 1_000

/** @throws RangeError for what is out of its range */
export function shareNodeOf(options: ShareOptions): ShareNode {
  const { slot, slotCount, newId, resources, safeRatio = DEFAULT_SAFE_RATIO } = options
  if (!(Number.isInteger(slotCount) && slotCount >= 1 && slotCount <= MAX_SLOT_COUNT)) {
    throw new RangeError(`Cannot share: slotCount must be a whole number from 1 to ${MAX_SLOT_COUNT}, got ${slotCount}`)
  }
  if (!(Number.isInteger(slot) && slot >= 1 && slot <= slotCount)) {
    throw new RangeError(`Cannot share: slot must be a whole number from 1 to slotCount, ${slotCount}, got ${slot}`)
  }
  if (!(safeRatio > 0 && safeRatio <= 1)) {
    throw new RangeError(`Cannot share: safeRatio must be above 0 and at most 1, got ${safeRatio}`)
  }
  return {
    holder: newId(),
    slot,
    slotCount,
    resources: resources.map(({ resourceId, capacityBytesPerSecond }) => {
      const safeUnits = Math.floor((safeRatio * capacityBytesPerSecond) / slotCount)
      if (Number.isSafeInteger(capacityBytesPerSecond) && safeUnits >= 1) {
        return { resourceId, capacityUnits: capacityBytesPerSecond, safeUnits }
      }
      throw new RangeError(
        `Cannot share ${resourceId}: capacityBytesPerSecond must be a whole number of which each of ${slotCount} safe shares is 1 at least, got ${capacityBytesPerSecond}`,
      )
    }),
  }
}
