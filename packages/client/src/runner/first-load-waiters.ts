import type { CollectionName } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import type { FirstLoadEnd } from './tab-message.ts'
import { FirstLoadEnded } from './tidegate-options.ts'

/** Who waits in this tab for collections to be loaded for the first time, whichever tab loads them. */
export class FirstLoadWaiters {
  readonly #cache: Pick<Cache, 'state'>
  readonly #waiters = new Set<{
    collections: readonly CollectionName[]
    resolve(): void
    reject(error: unknown): void
  }>()

  constructor(cache: Pick<Cache, 'state'>) {
    this.#cache = cache
  }

  /** @throws FirstLoadEnded with how it ended, when not by their being loaded */
  wait(collections: readonly CollectionName[]): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.add({ collections, resolve, reject }))
  }

  /** A first load ended, here or in the working tab: those whose collections are loaded now are told so, in the order they asked. */
  settle({ collections, outcome }: FirstLoadEnd): void {
    const isGood = outcome === 'resynced' || outcome === 'consistent'
    for (const waiter of this.#waiters) {
      if (!waiter.collections.some((collection) => collections.includes(collection))) continue
      void Promise.all(waiter.collections.map((collection) => this.#cache.state(collection))).then((states) => {
        if (isGood && states.some(({ cursor }) => cursor === null)) return
        if (!this.#waiters.delete(waiter)) return
        if (isGood) waiter.resolve()
        else waiter.reject(new FirstLoadEnded(outcome))
      }, waiter.reject)
    }
  }

  /** Nobody is going to load anything for them any more. */
  stop(): void {
    for (const waiter of this.#waiters) waiter.reject(new FirstLoadEnded('stopped'))
    this.#waiters.clear()
  }
}
