import type { Cache, CacheChange } from './cache.ts'
import { ChangeListeners } from './core/change-listeners.ts'
import { storedCache } from './core/stored-cache.ts'
import { platformChannel } from './edge/channel.ts'
import { IdbStore } from './edge/idb/idb-store.ts'
import { openLayout } from './edge/idb/open-layout.ts'
import { CacheChangeMessage } from './edge/idb/records.ts'

export { CacheError, type CacheErrorKind } from './core/cache-error.ts'

export interface IdbCacheOptions {
  /** One cache per account: the database is `tidegate-<name>`. Whoever opens the same name in this browser shares it. */
  readonly name: string
  /** Gets what a listener of `subscribe` throws. Default: `console.error`. */
  readonly onListenerError?: (error: unknown) => void
}

/**
 * A cache in this browser's IndexedDB, shared by all tabs of the app. Items and cursor survive a reload and a crash; a
 * power cut may take back the last commits of items, whole ones and in order, never a pending write that was staged.
 *
 * A tab hears of another tab's commits in the order in which that tab made them. A tab that dies between a commit and
 * telling about it leaves the others to see it at their next read.
 *
 * When another tab opens the cache with a newer layout, this one lets go: calls then fail with `upgraded-elsewhere`.
 *
 * @throws CacheError `newer-layout` when a newer version of the app wrote the cache, which stays as it is; `blocked`
 *   when another tab does not let go of an older layout; `quota` or `failed` when the browser refuses
 */
export async function openIdbCache({ name, onListenerError = console.error }: IdbCacheOptions): Promise<Cache> {
  const listeners = new ChangeListeners(onListenerError)
  const connection: { store?: IdbStore } = {}
  const database = await openLayout(`tidegate-${name}`, (why) => void connection.store?.leave(why))

  const channel = platformChannel(`tidegate-${name}`)
  channel.listen((message) => {
    const heard = CacheChangeMessage.safeParse(message)
    if (heard.success) listeners.tell(heard.data) // anything else is from an app version that says it differently
  })
  const announce = (change: CacheChange) => {
    channel.post(change)
    listeners.tell(change)
  }
  connection.store = new IdbStore(database, announce, () => channel.close())
  return storedCache(connection.store, listeners)
}
