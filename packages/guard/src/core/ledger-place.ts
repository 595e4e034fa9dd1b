import type { Epoch } from '@tidegate/protocol'
import type { ChainHead } from './event-chain.ts'

/** How far a ledger had come when it was read. */
export interface LedgerPlace {
  readonly epoch: Epoch
  readonly revision: number
  /** The newest event. */
  readonly head: ChainHead
}

/** A ledger as it is now, seen by somebody who knew a place of it. */
export interface LedgerSighting {
  readonly place: LedgerPlace
  /** Names the store it is on: another text after a restore or a promotion. */
  readonly store: string
  /** The store that it says it is on. */
  readonly writtenStore: string
  /** Whether the head that was known is still one of its events, or was pruned since. */
  readonly hasKnownHead: boolean
}

/** Why an epoch is over: the ledger was moved to another store, or what a node had read of it is gone. */
export type EpochEnd = 'store-changed' | 'tail-lost'

/**
 * Whether a ledger is still the incarnation that was known. Revisions and events only ever grow within an epoch, so one
 * that has less than it had, or other events in their place, was restored or promoted without its newest part.
 *
 * @param known null for somebody who has not read it before
 * @param seen read after `known`, and with its ledger locked: of two reads under way at once the older may end later
 */
export function epochEnd(known: LedgerPlace | null, seen: LedgerSighting): EpochEnd | null {
  if (seen.store !== seen.writtenStore) return 'store-changed'
  if (known === null || known.epoch !== seen.place.epoch) return null
  return seen.place.revision < known.revision || !seen.hasKnownHead ? 'tail-lost' : null
}
