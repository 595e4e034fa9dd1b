import type { CapacityStore } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'

/** Where everything is kept that outlives the process: mailbox, outbox, ledger, and the secret under the tokens. */
export interface Store {
  readonly database: SqlDatabase
  /** As people may read it: a folder, or an address without its password. */
  readonly place: string
  /** Runs `work` while no other instance on the same store runs one, so that what all do at their start is done once. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>
  /**
   * Where instances agree on who may admit how much; null for a store that one process has to itself.
   *
   * @param isFirst nobody was ever started on this store before, so nobody can hold anything of the capacity
   */
  openCapacity(isFirst: boolean): Promise<CapacityStore | null>
  close(): Promise<void>
}
