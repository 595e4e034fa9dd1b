import { type CapacityBook, exchange, firstBook, newBook } from '../core/shares/capacity-book.ts'
import type { CapacityStore, WhenNew } from './capacity-store.ts'

export interface MemoryCapacityOptions {
  /** The store's clock, in milliseconds. */
  readonly nowMs: () => number
  /** Draws an id that was never drawn before. */
  readonly newId: () => string
  /** Default `begin-at-once`: what is in this process's memory nobody had before. */
  readonly whenNew?: WhenNew
}

/** A capacity store in memory, for nodes of one process: tests, simulations, demonstrations. */
export function memoryCapacityStore(options: MemoryCapacityOptions): CapacityStore {
  const { nowMs, newId, whenNew = 'begin-at-once' } = options
  const store = newId()
  const says = () => ({ store, storeMs: Math.floor(nowMs()), newEpoch: newId() })
  let kept: CapacityBook | null = null
  return {
    async exchange(ask) {
      const before = kept ?? (whenNew === 'wait' ? newBook(says()) : firstBook(says()))
      const { book, answer } = exchange(before, ask, says())
      kept = book
      return answer
    },
  }
}
