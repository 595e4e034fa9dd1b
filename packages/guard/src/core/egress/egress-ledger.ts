import type { AccountId, Action, CauseId, Scope, SignalId } from '@tidegate/protocol'

/** A flag of an old event stream, to become part of a proposal. */
export interface FlagRecord {
  /** Names cause, account and occurrence: the same key twice is one flag. */
  readonly flagKey: string
  readonly stream: string
  readonly accountId: AccountId
  readonly causeId: CauseId
  readonly action: Action
  readonly scope: Scope
  readonly reason: string | null
  readonly expiresInMs: number | null
}

/** A flag that is about to go to a client that stands at a place. */
export interface FlagDelivery {
  readonly accountId: AccountId
  readonly clientId: string
  readonly signalId: SignalId
  /** The signal and the cursor that the client presented, as marks spell them. */
  readonly signalKey: string
  readonly place: string
}

/** A client presented a cursor that came with the flag. */
export type FlagArrival = Pick<FlagDelivery, 'accountId' | 'clientId' | 'signalKey' | 'place'>

/**
 * The part of the ledger that old clients need. Each call is one transaction, durable when it resolves, whatever the
 * number of entries; two nodes that say the same at once say it once.
 */
export interface EgressLedger {
  /** Makes each flag part of a proposal, once per key. */
  recordFlags(flags: readonly FlagRecord[], nowMs: number): Promise<void>
  /**
   * Writes deliveries down, before they leave.
   *
   * @returns for each, whether it may leave: not when the client acknowledged it at this place, nor when its signal has ended
   */
  claimDeliveries(deliveries: readonly FlagDelivery[], nowMs: number): Promise<boolean[]>
  /** Writes down that deliveries arrived: from then on none of them may leave again. */
  recordArrivals(arrivals: readonly FlagArrival[], nowMs: number): Promise<void>
}
