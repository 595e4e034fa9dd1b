import type { SqlDatabase } from '@tidegate/guard/sql'
import { openDatabase } from './open-database.ts'
import type { ServerOptions } from './options.ts'
import { openSharedStore } from './shared-store.ts'

/** Where everything is kept that outlives the process: mailbox, outbox, ledger, and the secret under the tokens. */
export interface Store {
  readonly database: SqlDatabase
  /** As people may read it: a folder, or an address without its password. */
  readonly place: string
  /** Runs `work` while no other instance on the same store runs one, so that what all do at their start is done once. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/**
 * Opens the PostgreSQL that several instances share, or else the data directory that one process has for itself.
 *
 * @param onIdleError told of a connection that broke while nobody used it
 * @throws StartError when it cannot be reached or made; DataDirectoryInUse when another living process holds the directory
 */
export async function openStore(
  { dataDir, ledgerUrl }: Pick<ServerOptions, 'dataDir' | 'ledgerUrl'>,
  onIdleError: (error: Error) => void,
): Promise<Store> {
  if (ledgerUrl !== null) return openSharedStore(ledgerUrl, onIdleError)
  const database = await openDatabase(dataDir)
  return { database, place: dataDir, inTurn: (work) => work(), close: () => database.close() }
}
