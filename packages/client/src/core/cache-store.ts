import type { Item, ItemHead, OrdinalRange, RangeDigest, Report } from '@tidegate/protocol'
import type {
  CacheChange,
  CollectionState,
  CompletedSignal,
  PendingWrite,
  ResyncAttempt,
  SetAsideSignal,
} from '../cache.ts'
import type { KeyBook } from './key-book.ts'

/**
 * Where a cache keeps its records: what memory and IndexedDB differ in. A write is a plan made from what one transaction
 * reads, carried out in that same transaction: all of it is kept or none of it. Transactions on one part take turns.
 *
 * While a plan is made nothing but the transaction's own reads may be awaited: IndexedDB commits a transaction that has
 * nothing to do.
 */
export interface CacheStore {
  read<T>(part: StorePart, work: (read: Reads) => Promise<T>): Promise<T>
  /**
   * Resolves when the writes are committed and the plan's `change` was told to the listeners of every cache open on the
   * same data here; those in other tabs hear of it soon after. Rejects, with nothing written, when they cannot be.
   */
  write<T>(part: StorePart, plan: (read: Reads) => Promise<Plan<T>>): Promise<T>
  close(): Promise<void>
}

/**
 * Records that change together: `items` with digests and collection states, `pending` writes, and the `resync` records.
 * Pending writes and resync records are what nobody can give back, so a store makes them as durable as it can.
 */
export type StorePart = 'items' | 'pending' | 'resync'

export interface Plan<T> {
  readonly result: T
  /** In any order: no two of them touch the same record, `drop-digests` excepted, which comes first. */
  readonly writes: readonly Write[]
  /** What listeners are told once the writes are committed; nothing is told without it. */
  readonly change?: CacheChange | undefined
}

export type Payload = Item['payload']

export type Write =
  | { readonly kind: 'put-head'; readonly collection: string; readonly head: ItemHead }
  | { readonly kind: 'put-payload'; readonly collection: string; readonly id: string; readonly payload: Payload }
  | { readonly kind: 'delete-item'; readonly collection: string; readonly id: string }
  | { readonly kind: 'put-state'; readonly collection: string; readonly state: CollectionState }
  | { readonly kind: 'drop-digests'; readonly collection: string }
  | { readonly kind: 'put-digest'; readonly collection: string; readonly bucket: number; readonly digest: RangeDigest }
  | { readonly kind: 'delete-digest'; readonly collection: string; readonly bucket: number }
  | { readonly kind: 'put-pending'; readonly pending: StagedWrite }
  | { readonly kind: 'delete-pending'; readonly writeId: string }
  | { readonly kind: 'put-attempt'; readonly attempt: ResyncAttempt | null }
  | { readonly kind: 'put-completed'; readonly completed: readonly CompletedSignal[] }
  | { readonly kind: 'put-set-aside'; readonly setAside: readonly SetAsideSignal[] }
  | { readonly kind: 'put-unsent'; readonly unsent: readonly Report[] }
  | { readonly kind: 'put-key-book'; readonly keyBook: KeyBook }

/** A pending write with its place in the order of staging, which rises and starts anywhere. */
export interface StagedWrite extends PendingWrite {
  readonly place: number
}

/** Reads of one transaction. They show the records as they were before the plan's own writes. */
export interface Reads {
  state(collection: string): Promise<CollectionState | undefined>
  states(): Promise<readonly CollectionState[]>
  head(collection: string, id: string): Promise<ItemHead | undefined>
  /** By (ordinal, id), rising for `oldest`, falling for `newest`. */
  heads(collection: string, range: OrdinalRange, options?: HeadsOptions): Promise<readonly ItemHead[]>
  payload(collection: string, id: string): Promise<Payload | undefined>
  /** Payloads by id. `all` of a collection come in one go, which is many times faster than one by one. */
  payloads(collection: string, ids: readonly string[] | 'all'): Promise<ReadonlyMap<string, Payload>>
  /** Digest of one bucket; undefined when it is empty. */
  digest(collection: string, bucket: number): Promise<RangeDigest | undefined>
  /** Digests of the buckets from `fromBucket` up to, and without, `toBucket` that are not empty. */
  digests(collection: string, fromBucket: number, toBucket: number): Promise<readonly RangeDigest[]>
  pending(): Promise<readonly StagedWrite[]>
  attempt(): Promise<ResyncAttempt | null>
  completed(): Promise<readonly CompletedSignal[]>
  setAside(): Promise<readonly SetAsideSignal[]>
  unsent(): Promise<readonly Report[]>
  keyBook(): Promise<KeyBook>
}

export interface HeadsOptions {
  readonly order?: 'newest' | 'oldest'
  /** Whole number from 0; no limit without it. */
  readonly limit?: number
}
