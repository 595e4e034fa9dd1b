import type { ItemHead, OrdinalRange, RangeDigest, Report } from '@tidegate/protocol'
import type { CacheChange, CollectionState, CompletedSignal, ResyncAttempt, SetAsideSignal } from '../cache.ts'
import type { HeadsOptions, Payload, Plan, Reads, StagedWrite, Write } from '../core/cache-store.ts'
import { EMPTY_KEY_BOOK, type KeyBook } from '../core/key-book.ts'

interface StoredCollection {
  state: CollectionState | undefined
  readonly heads: Map<string, ItemHead>
  readonly payloads: Map<string, Payload>
  readonly digests: Map<number, RangeDigest>
}

/** The records of a cache in memory. One transaction at a time; values are copied on their way in and out. */
export class MemoryDisk {
  /** The open caches over this disk, each told of every commit. */
  readonly listeners = new Set<(change: CacheChange) => void>()
  readonly #collections = new Map<string, StoredCollection>()
  readonly #pending = new Map<string, StagedWrite>()
  #attempt: ResyncAttempt | null = null
  #completed: readonly CompletedSignal[] = []
  #setAside: readonly SetAsideSignal[] = []
  #unsent: readonly Report[] = []
  #keyBook: KeyBook = EMPTY_KEY_BOOK
  #last: Promise<unknown> = Promise.resolve()

  read<T>(work: (read: Reads) => Promise<T>): Promise<T> {
    return this.#inTurn(() => work(this.#reads))
  }

  write<T>(plan: (read: Reads) => Promise<Plan<T>>): Promise<T> {
    return this.#inTurn(async () => {
      const { result, writes, change } = await plan(this.#reads)
      // Copied before the first is written: a value that cannot be copied must leave everything as it was.
      for (const write of writes.map((each) => structuredClone(each))) this.#carryOut(write)
      if (change) for (const tell of [...this.listeners]) tell(change)
      return result
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn
    return turn
  }

  readonly #reads: Reads = {
    state: async (collection) => this.#collections.get(collection)?.state,
    states: async () => [...this.#collections.values()].flatMap(({ state }) => state ?? []),
    head: async (collection, id) => this.#collections.get(collection)?.heads.get(id),
    heads: async (collection, range, options) => selected(this.#collections.get(collection), range, options),
    payload: async (collection, id) => structuredClone(this.#collections.get(collection)?.payloads.get(id)),
    payloads: async (collection, ids) => {
      const held = this.#collections.get(collection)?.payloads ?? new Map<string, Payload>()
      if (ids === 'all') return structuredClone(held)
      const wanted = new Set(ids)
      return structuredClone(new Map([...held].filter(([id]) => wanted.has(id))))
    },
    digest: async (collection, bucket) => this.#collections.get(collection)?.digests.get(bucket),
    digests: async (collection, fromBucket, toBucket) =>
      [...(this.#collections.get(collection)?.digests ?? [])]
        .filter(([bucket]) => bucket >= fromBucket && bucket < toBucket)
        .map(([, digest]) => digest),
    pending: async () => [...this.#pending.values()].map((each) => structuredClone(each)),
    attempt: async () => this.#attempt,
    completed: async () => this.#completed,
    setAside: async () => this.#setAside,
    unsent: async () => this.#unsent,
    keyBook: async () => this.#keyBook,
  }

  #carryOut(write: Write): void {
    switch (write.kind) {
      case 'put-head':
        this.#collection(write.collection).heads.set(write.head.id, write.head)
        break
      case 'put-payload':
        this.#collection(write.collection).payloads.set(write.id, write.payload)
        break
      case 'delete-item':
        this.#collection(write.collection).heads.delete(write.id)
        this.#collection(write.collection).payloads.delete(write.id)
        break
      case 'put-state':
        this.#collection(write.collection).state = write.state
        break
      case 'drop-digests':
        this.#collection(write.collection).digests.clear()
        break
      case 'put-digest':
        this.#collection(write.collection).digests.set(write.bucket, write.digest)
        break
      case 'delete-digest':
        this.#collection(write.collection).digests.delete(write.bucket)
        break
      case 'put-pending':
        this.#pending.set(write.pending.writeId, write.pending)
        break
      case 'delete-pending':
        this.#pending.delete(write.writeId)
        break
      case 'put-attempt':
        this.#attempt = write.attempt
        break
      case 'put-completed':
        this.#completed = write.completed
        break
      case 'put-set-aside':
        this.#setAside = write.setAside
        break
      case 'put-unsent':
        this.#unsent = write.unsent
        break
      case 'put-key-book':
        this.#keyBook = write.keyBook
        break
    }
  }

  #collection(name: string): StoredCollection {
    const known = this.#collections.get(name)
    if (known) return known
    const fresh: StoredCollection = { state: undefined, heads: new Map(), payloads: new Map(), digests: new Map() }
    this.#collections.set(name, fresh)
    return fresh
  }
}

function selected(
  collection: StoredCollection | undefined,
  { fromOrdinal, toOrdinal }: OrdinalRange,
  { order = 'oldest', limit }: HeadsOptions = {},
): readonly ItemHead[] {
  const heads = [...(collection?.heads.values() ?? [])].filter(
    ({ ordinal }) => ordinal >= fromOrdinal && ordinal < toOrdinal,
  )
  heads.sort((left, right) => left.ordinal - right.ordinal || (left.id < right.id ? -1 : 1))
  return (order === 'newest' ? heads.reverse() : heads).slice(0, limit).map((head) => ({ ...head }))
}
