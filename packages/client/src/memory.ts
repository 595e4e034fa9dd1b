import type { Cache, CacheChange } from './cache.ts'
import { CacheError } from './core/cache-error.ts'
import type { CacheStore } from './core/cache-store.ts'
import { ChangeListeners } from './core/change-listeners.ts'
import { storedCache } from './core/stored-cache.ts'
import { MemoryDisk } from './edge/memory-disk.ts'

export { CacheError, type CacheErrorKind } from './core/cache-error.ts'
export { MemoryDisk } from './edge/memory-disk.ts'

export interface MemoryCacheOptions {
  /** Where the records are. Two caches over one disk are two tabs; one opened after another is a reload. Default: a disk of its own. */
  readonly disk?: MemoryDisk
  /** Gets what a listener of `subscribe` throws. Default: `console.error`. */
  readonly onListenerError?: (error: unknown) => void
}

/**
 * A cache that lives as long as its disk does, in the memory of this process: for tests, and for apps that keep nothing.
 * It passes the same contract as the one in IndexedDB.
 */
export function memoryCache({
  disk = new MemoryDisk(),
  onListenerError = console.error,
}: MemoryCacheOptions = {}): Cache {
  const listeners = new ChangeListeners(onListenerError)
  const hear = (change: CacheChange) => listeners.tell(change)
  disk.listeners.add(hear)
  let isOpen = true
  const whileOpen = <T>(work: () => Promise<T>): Promise<T> =>
    isOpen ? work() : Promise.reject(new CacheError('closed', 'Cannot use the cache: it was closed'))
  const store: CacheStore = {
    read: (_part, work) => whileOpen(() => disk.read(work)),
    write: (_part, plan) => whileOpen(() => disk.write(plan)),
    close: async () => {
      isOpen = false
      disk.listeners.delete(hear)
    },
  }
  return storedCache(store, listeners)
}
