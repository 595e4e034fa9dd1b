import type { Resources } from '@tidegate/guard'
import { ResourceId } from '@tidegate/protocol'

/**
 * What a fleet shares: 8 MB/s, in pages of some 64 KB, which is what two cores carry beside the fleet itself. The bucket is
 * a second of it.
 */
export const CAPACITY_BYTES_PER_SECOND = 8_000_000
export const SLOT_COUNT = 8
/** At each node, so that a lease is a quarter of a node's part. */
export const CLIENTS_PER_NODE = 4

/** Nobody waits longer for the capacity store. */
export const STORE_DEADLINE_MS = 50

const SHARD = ResourceId.parse('shard-1')

export const FLEET_RESOURCES: Resources = {
  resources: [{ resourceId: SHARD, capacityBytesPerSecond: CAPACITY_BYTES_PER_SECOND }],
  resourceOf: () => SHARD,
}

/** What a node's process is started with, as JSON. */
export interface NodePlan {
  readonly slot: number
  readonly ledger: string
  /** Over the node's own line. */
  readonly capacity: string
  /** The storage stand-in's socket. */
  readonly storage: string
}

/** What the scene asks of a node's process. `figures` is answered by {@link NodeFigures}. */
export type ToNode = { readonly kind: 'figures' } | { readonly kind: 'step-clock'; readonly byMs: number }

export interface NodeFigures {
  readonly cpuMs: number
  /** When the capacity store was asked, on the node's monotonic clock; all of them. */
  readonly askedAtMs: readonly number[]
  /** The longest that a client waited for a yes or a no since the last time figures were asked for. */
  readonly longestDecisionMs: number
  /** Since then too. */
  readonly decisionCount: number
  /** Of these, longer than {@link STORE_DEADLINE_MS}. */
  readonly slowDecisionCount: number
}
