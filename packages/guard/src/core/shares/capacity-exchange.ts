import { ResourceId } from '@tidegate/protocol'
import { z } from 'zod'

/** What a node says of one resource. Units are the resource's cost units per second, whole numbers. */
export interface ResourceAsk {
  readonly resourceId: ResourceId
  /** What all nodes together may admit. Where nodes differ, the least counts. */
  readonly capacityUnits: number
  /** The safe share it is to have. */
  readonly safeUnits: number
  /** What it may admit now: the store counts it as held until this ask's term is over. */
  readonly heldUnits: number
  /** What of that is its safe share, which it keeps as long as the slot. */
  readonly heldSafeUnits: number
  /** What it wants to be given, by what it knew of the others when it heard last. */
  readonly wantUnits: number
  /** What it could use, however much there is; the others divide by it. */
  readonly demandUnits: number
}

/** What a node says to the store, once in a while, for all its resources. */
export interface CapacityAsk {
  /** Drawn anew by each process: with `askNo` it keeps out whatever a process said before it was replaced. */
  readonly holder: string
  /** The node's deployment ordinal, 1 to `slotCount`. */
  readonly slot: number
  readonly slotCount: number
  /** Rises with each ask of a holder. An older one that comes late changes nothing. */
  readonly askNo: number
  /** The answer it lives by; null when it has no slot. A store that knows less than this lost what it knew. */
  readonly known: { readonly epoch: string; readonly heardAskNo: number } | null
  /** The node admits nothing any more and gives its slot back. */
  readonly isLeaving: boolean
  readonly resources: readonly ResourceAsk[]
}

const Units = z.number().int().min(0)

export const ResourceGrant = z.object({
  resourceId: ResourceId,
  /** What it may admit for a term, counted from when it asked; at least its safe share. */
  units: Units,
  /** 0 while the others leave no room for it, as when the number of slots is being changed. */
  safeUnits: Units,
  /** What is divided by demand: the capacity without any slot's safe share. Negative while terms are being changed. */
  divisibleUnits: z.number().int(),
  /** What each of the others could use beyond its safe share. */
  otherDemandsUnits: z.array(Units),
})
export type ResourceGrant = z.infer<typeof ResourceGrant>

/**
 * What the store says.
 *
 * - `granted`: the slot is the node's. `isLearning`: the store is a new one, or lost what it knew, and for one term nobody is
 *   given more than it said it held.
 * - `taken`: another process has the slot, and its safe share may run so long.
 * - `past-unknown`: the store is a new one; whoever had the slot before may live on its safe share for so long.
 * - `stale`: a later ask of the same process came before this one.
 * - `left`: the slot was given back.
 */
export const CapacityAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('granted'),
    epoch: z.string().min(1),
    isLearning: z.boolean(),
    resources: z.array(ResourceGrant),
  }),
  z.object({ kind: z.literal('taken'), freeInMs: z.number() }),
  z.object({ kind: z.literal('past-unknown'), freeInMs: z.number() }),
  z.object({ kind: z.literal('stale') }),
  z.object({ kind: z.literal('left') }),
])
export type CapacityAnswer = z.infer<typeof CapacityAnswer>
