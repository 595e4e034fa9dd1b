import type { AccountId, ResourceId } from '@tidegate/protocol'

/** One storage shard or layer, and what resyncs may draw from it. */
export interface Resource {
  readonly resourceId: ResourceId
  /** What resyncs together may draw, in bytes per second; > 0. */
  readonly capacityBytesPerSecond: number
}

/** The host app's map of its storage. `resourceOf` must name one of `resources`, always the same for an account while it is not moved. */
export interface Resources {
  readonly resources: readonly Resource[]
  readonly resourceOf: (accountId: AccountId) => ResourceId
}
