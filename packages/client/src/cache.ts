import type {
  ChangeSeq,
  DigestScheme,
  Item,
  ItemHead,
  ItemId,
  Ordinal,
  OrdinalRange,
  RangeDigest,
  Report,
  SignalId,
} from '@tidegate/protocol'
import type { KeyBook } from './core/key-book.ts'

/** An item as the app reads it. */
export type CachedItem = Item

/** What the cache knows of a collection as a whole. */
export interface CollectionState {
  /** The client's place in the change sequence; null before the first load ended. */
  readonly cursor: ChangeSeq | null
  /** How the digests were made; null while the collection was never told a scheme. */
  readonly scheme: DigestScheme | null
  /** Digest of everything held, under `scheme`; without one its counts are right and its fingerprint is empty. */
  readonly whole: RangeDigest
}

/** Ordinary sync: changes that bring a collection from one place of the sequence to a later one. */
export interface Changes {
  readonly collection: string
  readonly upserts: readonly Item[]
  /**
   * Items whose revision moved and whose contentHash did not: updated in place, no payload. One that is not held, or held
   * with another contentHash, is passed over: a new head must not vouch for an old payload. The digest then tells.
   */
  readonly unchanged?: readonly ItemHead[]
  readonly deletes: readonly ItemId[]
  /** The place these changes start from; null means wherever the cursor is, unless it is beyond `toSeq` (a first load). */
  readonly fromSeq: ChangeSeq | null
  readonly toSeq: ChangeSeq
}

/** One page of a resync: all of it or nothing, and the cursor stays. */
export interface Page {
  readonly collection: string
  readonly upserts: readonly Item[]
  readonly unchanged: readonly ItemHead[]
  /** Only what the server, asked for it by id, said is missing (C1). */
  readonly deletes: readonly ItemId[]
  /**
   * The place the page was read at. When the cursor is beyond it, ordinary sync was faster: an item held with a higher
   * revision than the page's stays as it is, and so does one that the page deletes. Without it the page is written as it
   * stands.
   */
  readonly asOf?: ChangeSeq
}

export interface MoveOptions {
  readonly evenBackwards?: boolean
  readonly fromSeq?: ChangeSeq
}

/** A local write that the server has not confirmed, a draft for instance. Kept until the app drops it (C3). */
export interface PendingWrite {
  readonly writeId: string
  readonly collection: string
  readonly payload: Item['payload']
}

/** A resync that was begun and not ended; written before the first step, cleared with every end (C5). */
export interface ResyncAttempt {
  readonly signalId: SignalId | null
  readonly version: number
  /** How often it was begun without a page applied since: a crash loop steps down and stops. */
  readonly attemptCount: number
  readonly appliedItemCount: number
  readonly appliedBytes: number
  /** What a person agreed to draw, so that a restart does not ask for the same bytes again; not what a budget covered. */
  readonly consentedBytes?: number
  /** What else the same resync brings to an end; only the signal above without it. */
  readonly otherSignals?: readonly CompletedSignal[]
  /** Of a refetch: per collection, the ordinal from which upwards every item has been fetched since it began. */
  readonly refetchedFrom?: Readonly<Record<string, Ordinal>>
}

/** Which signal was brought to an end, at which version; so that it is done once (C5). */
export interface CompletedSignal {
  readonly signalId: SignalId
  readonly version: number
}

/** A signal that is in nobody's way: not begun again, at this version, until the app reconsiders. */
export interface SetAsideSignal extends CompletedSignal {
  /** The person said no, or it was given up after its last attempt or proof. */
  readonly why: 'declined' | 'stuck'
}

/** What changed in one commit, told after it is durable. */
export interface CacheChange {
  readonly collection: string
  readonly upserted: readonly ItemId[]
  readonly deleted: readonly ItemId[]
}

/**
 * What a client holds. Each writing call is one transaction: items, digests and cursor move together or not at all, and
 * a crash leaves the state before or after it (C1, C3). Drafts and attempts are written with strict durability.
 * `./cache-contract` proves it for memory and IndexedDB.
 */
export interface Cache {
  get(collection: string, id: string): Promise<CachedItem | undefined>
  /** Items of a collection, newest (highest ordinal) first unless `order` says otherwise. */
  list(
    collection: string,
    options?: { readonly range?: OrdinalRange; readonly limit?: number; readonly order?: 'newest' | 'oldest' },
  ): Promise<CachedItem[]>
  /** Calls `listener` after each commit, in this tab or another one, that changed `collection`. @returns the way to stop */
  subscribe(collection: string, listener: (change: CacheChange) => void): () => void

  /** The app's ordinary sync. `out-of-step` when the cursor is not at `fromSeq` (somebody else was faster): nothing was written; read the cursor and ask again. */
  applyChanges(changes: Changes): Promise<'applied' | 'out-of-step'>
  applyPage(page: Page): Promise<void>
  /**
   * Moves the cursor without touching items: what equal digests at `toSeq` prove. Never backwards unless `evenBackwards`.
   * `out-of-step` when the cursor is not at `fromSeq` (default: wherever it is), because somebody else has moved on from
   * what was compared: nothing was written.
   */
  moveCursor(collection: string, toSeq: ChangeSeq, options?: MoveOptions): Promise<'moved' | 'out-of-step'>

  state(collection: string): Promise<CollectionState>
  /** Works all digests of a collection out anew under `scheme`; nothing to do when it has it already. */
  adoptScheme(collection: string, scheme: DigestScheme): Promise<void>
  /** @throws Error when the collection has no scheme yet */
  digests(collection: string, ranges: readonly OrdinalRange[]): Promise<RangeDigest[]>
  heads(collection: string, range: OrdinalRange): Promise<ItemHead[]>
  /** Payload bytes over all collections, as the servers count them. */
  cachedBytes(): Promise<number>

  stage(write: PendingWrite): Promise<void>
  /** In the order in which they were first staged. */
  pendingWrites(): Promise<PendingWrite[]>
  /** The server confirmed it, or the person threw it away. */
  dropPending(writeId: string): Promise<void>

  attempt(): Promise<ResyncAttempt | null>
  saveAttempt(attempt: ResyncAttempt | null): Promise<void>
  completed(): Promise<CompletedSignal[]>
  /**
   * Ends the attempt, remembers the signal and sets it aside no longer, in one transaction; with what is to be reported of
   * it, which is kept until `dropReport`. Keeps the last 256.
   */
  complete(signal: CompletedSignal, report?: Report): Promise<void>
  setAsideSignals(): Promise<SetAsideSignal[]>
  /**
   * Ends the attempt and sets these signals aside, each at its version, in one transaction; with what is to be reported
   * of them, which is kept until `dropReport`. Keeps the last 256.
   */
  setAside(signals: readonly SetAsideSignal[], reports?: readonly Report[]): Promise<void>
  /** Sets nothing aside any longer. */
  reconsider(): Promise<void>
  /** What was to be reported and is not acknowledged yet, the oldest first. Keeps the last 256. */
  unsentReports(): Promise<Report[]>
  /** The guard has it, or will never take it. */
  dropReport(reportKey: string): Promise<void>

  /** What was learnt about signing keys; empty at first. */
  keyBook(): Promise<KeyBook>
  /** In one transaction: `change` is given what is kept, and what it returns is kept instead. @returns that */
  changeKeyBook(change: (book: KeyBook) => KeyBook): Promise<KeyBook>

  close(): Promise<void>
}
