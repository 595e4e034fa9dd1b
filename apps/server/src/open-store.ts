import { openDatabase } from './open-database.ts'
import type { ServerOptions } from './options.ts'
import { openSharedStore } from './shared-store.ts'
import type { Store } from './store.ts'

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
  return {
    database,
    place: dataDir,
    inTurn: (work) => work(),
    openCapacity: async () => null,
    close: () => database.close(),
  }
}
