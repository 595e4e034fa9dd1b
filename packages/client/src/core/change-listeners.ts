import type { CacheChange } from '../cache.ts'

type Listener = (change: CacheChange) => void

/** Who wants to know what changed, by collection. */
export class ChangeListeners {
  readonly #listeners = new Map<string, Set<{ readonly tell: Listener }>>()
  readonly #onListenerError: (error: unknown) => void

  /** @param onListenerError gets what a listener throws; the others are told all the same */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError
  }

  /** @returns the way to stop; the same function may listen twice and stop once */
  add(collection: string, listener: Listener): () => void {
    const entry = { tell: listener }
    const entries = this.#listeners.get(collection) ?? new Set()
    this.#listeners.set(collection, entries.add(entry))
    return () => entries.delete(entry)
  }

  tell(change: CacheChange): void {
    const entries = this.#listeners.get(change.collection)
    for (const entry of [...(entries ?? [])]) {
      if (!entries?.has(entry)) continue // one told before it has stopped this one
      try {
        entry.tell(change)
      } catch (error) {
        this.#onListenerError(error)
      }
    }
  }
}
