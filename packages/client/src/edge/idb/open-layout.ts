import { type IDBPDatabase, openDB } from 'idb'
import { CacheError } from '../../core/cache-error.ts'
import { failureOf } from './failures.ts'
import { LAYOUT_VERSION, type Layout, upgradeLayout } from './layout.ts'

/**
 * Opens the database and brings an older layout up to this one.
 *
 * @param letGo called when the connection must be closed at once: another tab waits for it, or the browser ended it
 * @param version for tests of what a later layout will meet
 * @throws CacheError see `openIdbCache`
 */
export function openLayout(
  databaseName: string,
  letGo: (why: 'closed' | 'upgraded-elsewhere') => void,
  version = LAYOUT_VERSION,
): Promise<IDBPDatabase<Layout>> {
  return new Promise((resolve, reject) => {
    let isGivenUp = false
    openDB<Layout>(databaseName, version, {
      upgrade: (database, oldVersion) => upgradeLayout(database, oldVersion),
      blocked: () => {
        isGivenUp = true
        const message = 'Cannot open the cache: another tab holds an older version of it open; close that tab'
        reject(new CacheError('blocked', message))
      },
      // Without a version the database is being deleted.
      blocking: (_current, wanted) => letGo(wanted === null ? 'closed' : 'upgraded-elsewhere'),
      terminated: () => letGo('closed'),
    }).then(
      // The request cannot be taken back: once the other tab is gone it upgrades, for whoever opens next.
      (database) => (isGivenUp ? database.close() : resolve(database)),
      (error) => reject(failureOf(error)),
    )
  })
}
