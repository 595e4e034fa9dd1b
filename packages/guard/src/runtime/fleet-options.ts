import type { CapacityStore } from '../capacity/capacity-store.ts'

/** The nodes that share the resources, and which of them this one is. */
export interface FleetOptions {
  /** Where they agree on who may admit how much: `openCapacityStore`. Opened and closed by the host. */
  readonly store: CapacityStore
  /** This node's deployment ordinal, 1 to `slotCount`: no two that run have the same. */
  readonly slot: number
  /** How many nodes there may be at a time, 1 to 1,000. */
  readonly slotCount: number
  /** What all together may let resyncs draw while none of them reaches the store, of the whole, (0, 1]. Default 0.2. */
  readonly safeRatio?: number
}
