import type { AccountId, ResourceId } from '@tidegate/protocol'

/** One storage shard or layer, and what may be drawn from it. */
export interface Resource {
  readonly resourceId: ResourceId
  /**
   * What all that the guard admits may draw together, in cost units per second; > 0. A payload byte is one unit, and an
   * operation that works the storage as hard as so many bytes costs as many. Where only resyncs go through the guard, this
   * is what they may have: the capacity without what people and deliveries need at their peak.
   */
  readonly capacityBytesPerSecond: number
}

/** The host app's map of its storage. `resourceOf` must name one of `resources`, always the same for an account while it is not moved. */
export interface Resources {
  readonly resources: readonly Resource[]
  readonly resourceOf: (accountId: AccountId) => ResourceId
}
