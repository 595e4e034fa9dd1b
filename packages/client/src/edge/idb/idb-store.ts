import type { IDBPDatabase } from 'idb'
import type { CacheChange } from '../../cache.ts'
import { CacheError, type CacheErrorKind } from '../../core/cache-error.ts'
import type { CacheStore, Plan, Reads, StorePart } from '../../core/cache-store.ts'
import { failureOf } from './failures.ts'
import type { Layout } from './layout.ts'
import { carryOut, readsOf, STORES, type WriteTransaction } from './transaction.ts'

/**
 * A page that a power cut takes back is fetched again, at the cost of a page; a draft is not, and a lost attempt record
 * could let a crash loop go on. So only the latter wait for the disk to say that it has them.
 */
const DURABILITY = {
  items: 'relaxed',
  pending: 'strict',
  resync: 'strict',
} as const satisfies Record<StorePart, IDBTransactionDurability>

const REASONS: Partial<Record<CacheErrorKind, string>> = {
  closed: 'its connection was closed',
  'upgraded-elsewhere': 'a newer version of this app runs in another tab; reload this one',
}

/** A {@link CacheStore} over one open database. */
export class IdbStore implements CacheStore {
  readonly #database: IDBPDatabase<Layout>
  readonly #announce: (change: CacheChange) => void
  readonly #onClosed: () => void
  readonly #running = new Set<Promise<unknown>>()
  #gone: 'closed' | 'upgraded-elsewhere' | null = null

  /**
   * @param announce tells a committed change to the listeners here and in other tabs
   * @param onClosed called once, after the last transaction has ended
   */
  constructor(database: IDBPDatabase<Layout>, announce: (change: CacheChange) => void, onClosed: () => void) {
    this.#database = database
    this.#announce = announce
    this.#onClosed = onClosed
  }

  read<T>(part: StorePart, work: (read: Reads) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const transaction = this.#database.transaction([...STORES[part]], 'readonly')
      transaction.done.catch(ignore) // a failed read is told by the read itself
      return work(readsOf(transaction))
    })
  }

  write<T>(part: StorePart, plan: (read: Reads) => Promise<Plan<T>>): Promise<T> {
    return this.#run(async () => {
      const options = { durability: DURABILITY[part] }
      const transaction = this.#database.transaction([...STORES[part]], 'readwrite', options)
      const { result, change } = await committed(transaction, plan)
      if (change) this.#announce(change)
      return result
    })
  }

  async close(): Promise<void> {
    await this.leave('closed')
  }

  /**
   * Takes no more calls and closes the connection, so that another tab may go on. The connection must be closed at once:
   * a browser that asks to let go looks when its question returns. Transactions under way still end, and are told.
   */
  async leave(why: 'closed' | 'upgraded-elsewhere'): Promise<void> {
    if (this.#gone) return
    this.#gone = why
    this.#database.close()
    await Promise.allSettled(this.#running)
    this.#onClosed()
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#gone) throw new CacheError(this.#gone, `Cannot use the cache: ${REASONS[this.#gone]}`)
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      throw failureOf(error)
    } finally {
      this.#running.delete(running)
    }
  }
}

/** Makes the plan and carries it out in `transaction`; waits until that is committed, or until it is undone. */
async function committed<T>(transaction: WriteTransaction, plan: (read: Reads) => Promise<Plan<T>>): Promise<Plan<T>> {
  transaction.done.catch(ignore) // it rejects before the transaction knows why; the events below come after
  const isKept = new Promise<boolean>((resolve) => {
    transaction.addEventListener('complete', () => resolve(true))
    transaction.addEventListener('abort', () => resolve(false))
  })
  try {
    const made = await plan(readsOf(transaction))
    for (const write of made.writes) carryOut(transaction, write)
    if (await isKept) return made
  } catch (error) {
    abort(transaction)
    await isKept
    throw transaction.error ?? error
  }
  throw transaction.error ?? new DOMException('The transaction was aborted', 'AbortError')
}

function abort(transaction: WriteTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function ignore(): void {}
