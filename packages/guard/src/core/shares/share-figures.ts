import type { ResourceId } from '@tidegate/protocol'
import { elapsedMs, type Moment } from './moment.ts'
import { type ShareNode, type ShareReason, type ShareState, settle, unitsAt } from './node-shares.ts'
import type { ShareKind } from './share-states.ts'

/** What a node holds of its resources, and why it is that and no other. */
export interface ShareFigures {
  readonly kind: ShareKind
  readonly because: ShareReason
  /** How long it has been so. */
  readonly forMs: number
  /** The store's epoch it lives by; null without a slot. */
  readonly epoch: string | null
  /** Asks of the store that came to nothing since the last that did. */
  readonly failedAskCount: number
  readonly resources: readonly {
    readonly resourceId: ResourceId
    readonly unitsPerSecond: number
    readonly safeUnitsPerSecond: number
    readonly capacityUnitsPerSecond: number
  }[]
}

export function shareFigures(before: ShareState, node: ShareNode, now: Moment): ShareFigures {
  const state = settle(before, now)
  const { kind, because, since, held, failedAskCount } = state
  return {
    kind,
    because,
    forMs: elapsedMs(since, now),
    epoch: held?.epoch ?? null,
    failedAskCount,
    resources: node.resources.map(({ resourceId, capacityUnits }) => ({
      resourceId,
      unitsPerSecond: unitsAt(state, resourceId, now),
      safeUnitsPerSecond: held?.grants.get(resourceId)?.safeUnits ?? 0,
      capacityUnitsPerSecond: capacityUnits,
    })),
  }
}
