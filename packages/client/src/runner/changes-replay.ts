import {
  addDigests,
  type ChangeSeq,
  type ChangesSinceAnswer,
  type ClientApi,
  type CollectionDigest,
  type CollectionName,
  type DigestScheme,
  digestOf,
  INTERACTIVE_FETCH_LIMIT,
  type Item,
  type ItemHead,
  type ItemId,
  isEqualDigest,
  type LeaseId,
  type RangeDigest,
  subtractDigests,
} from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { PageQueue } from '../core/page-queue.ts'
import { adoptSchemeOf } from './adopt-scheme-of.ts'

/** Payload bytes that are brought as ordinary sync, without a lease: a screenful of mails. */
export const INTERACTIVE_BYTES = 262_144

const CHANGES_PER_REQUEST = 1000
/** How often an item may be served otherwise than it was told, at no higher revision, before the two count as different. */
const UNCLEAR_LIMIT = 20

/** What one step came to. */
export type ReplayStep =
  | Stepped
  /** The cache holds what the server held at `asOf`, read in one snapshot (C8). */
  | (Applied & { readonly kind: 'equal'; readonly asOf: ChangeSeq })
  | (Applied & { readonly kind: 'different' })
  | { readonly kind: 'unknown-position' }
  /** More is missing than ordinary sync may bring. */
  | { readonly kind: 'too-much' }

/** What is durable now that was not before the step. */
export interface Applied {
  readonly appliedItemCount: number
  readonly appliedBytes: number
}

/** A step of work that is not the last. */
export interface Stepped extends Applied {
  readonly kind: 'stepped'
  readonly startedAtMs: number
  readonly drawnBytes: number
  /** What was drawn is in memory only: the next step writes it down and draws nothing. */
  readonly holdsPage?: boolean
}

type Changes = Extract<ChangesSinceAnswer, { kind: 'changes' }>

interface Pending {
  readonly changes: Changes
  readonly heads: ReadonlyMap<ItemId, ItemHead>
  readonly unchanged: readonly ItemHead[]
  readonly queue: PageQueue
  readonly items: Item[]
  /** What the server no longer had when it was asked for it, at a later place than the changes'. */
  readonly gone: ItemId[]
}

/**
 * Brings one collection from its cursor to the end of the change sequence, one exchange or one write per step, and
 * compares digests there. What an item weighs is fetched only when its contentHash moved.
 */
export class ChangesReplay {
  readonly #api: Pick<ClientApi, 'changesSince' | 'fetch' | 'digests'>
  readonly #cache: Cache
  readonly #collection: CollectionName
  readonly #nowMs: () => number
  #pending: Pending | null = null
  #drawnItemCount = 0
  #drawnBytes = 0
  #unclearCount = 0

  constructor(options: {
    readonly api: Pick<ClientApi, 'changesSince' | 'fetch' | 'digests'>
    readonly cache: Cache
    readonly collection: CollectionName
    readonly nowMs: () => number
  }) {
    this.#api = options.api
    this.#cache = options.cache
    this.#collection = options.collection
    this.#nowMs = options.nowMs
  }

  /** @param page the lease to draw under; null for ordinary sync within its limits */
  async step(page: { readonly leaseId: LeaseId; readonly pageBytes: number } | null): Promise<ReplayStep> {
    if (this.#pending === null) return this.#read(page === null)
    if (this.#pending.queue.itemCount > 0) return this.#draw(this.#pending, page)
    return this.#apply(this.#pending)
  }

  async #read(isInteractive: boolean): Promise<ReplayStep> {
    const collection = this.#collection
    const { cursor } = await this.#cache.state(collection)
    const changes = await this.#api.changesSince({ collection, sinceSeq: cursor ?? 0, limit: CHANGES_PER_REQUEST })
    if (changes.kind === 'unknown-position') return { kind: 'unknown-position' }
    const held = await Promise.all(changes.upserts.map((head) => this.#cache.get(collection, head.id)))
    const isHeld = (head: ItemHead, at: number) => held[at]?.contentHash === head.contentHash
    const missing = changes.upserts.filter((head, at) => !isHeld(head, at))
    const queue = new PageQueue(missing)
    const itemCount = this.#drawnItemCount + queue.itemCount
    if (isInteractive && (itemCount > INTERACTIVE_FETCH_LIMIT || this.#drawnBytes + queue.bytes > INTERACTIVE_BYTES)) {
      return { kind: 'too-much' }
    }
    this.#pending = {
      changes,
      heads: new Map(missing.map((head) => [head.id, head])),
      unchanged: changes.upserts.filter(isHeld),
      queue,
      items: [],
      gone: [],
    }
    return nothingDrawn(this.#nowMs())
  }

  async #draw(
    { changes, queue, items, gone }: Pending,
    page: { readonly leaseId: LeaseId; readonly pageBytes: number } | null,
  ): Promise<ReplayStep> {
    const startedAtMs = this.#nowMs()
    const asked = page === null ? queue.take(INTERACTIVE_BYTES, INTERACTIVE_FETCH_LIMIT) : queue.take(page.pageBytes)
    const request = { collection: this.#collection, ids: asked.map(({ id }) => id) }
    let answer: Awaited<ReturnType<ClientApi['fetch']>>
    try {
      answer = await this.#api.fetch(page === null ? request : { ...request, leaseId: page.leaseId })
    } catch (error) {
      queue.putBack(asked)
      throw error
    }
    const deferred = new Set(answer.deferred)
    queue.putBack(asked.filter(({ id }) => deferred.has(id)))
    items.push(...answer.items)
    if (answer.asOf > changes.asOf) gone.push(...answer.missing)
    if (answer.items.length + answer.missing.length === 0)
      throw new Error('Cannot go on: a page came back with nothing')
    const drawnBytes = bytesOf(answer.items)
    this.#drawnItemCount += answer.items.length
    this.#drawnBytes += drawnBytes
    const holdsPage = queue.itemCount === 0
    return { kind: 'stepped', startedAtMs, drawnBytes, appliedItemCount: 0, appliedBytes: 0, holdsPage }
  }

  async #apply({ changes, heads, unchanged, items, gone }: Pending): Promise<ReplayStep> {
    const collection = this.#collection
    this.#pending = null
    const { cursor } = await this.#cache.state(collection)
    const applied = await this.#cache.applyChanges({
      collection,
      upserts: items,
      unchanged,
      deletes: [...changes.deletes.map(({ id }) => id), ...gone],
      fromSeq: cursor === null ? null : changes.fromSeq,
      toSeq: changes.toSeq,
    })
    // Somebody else was faster: read on from where they left the cursor.
    if (applied === 'out-of-step') return nothingDrawn(this.#nowMs())
    const done: Applied = {
      appliedItemCount: items.length + changes.deletes.length + gone.length,
      appliedBytes: bytesOf(items),
    }
    const isLast = changes.digest !== null && changes.toSeq === changes.asOf
    if (!isLast || changes.digest === null) return { ...nothingDrawn(this.#nowMs()), ...done }
    await adoptSchemeOf(changes.digest, { api: this.#api, cache: this.#cache })
    const otherwise = servedOtherwise([...heads.values()], items)
    const overtaken = otherwise.filter(({ told, served }) =>
      served ? served.revision > told.revision : gone.includes(told.id),
    )
    const found = await compareAt(this.#cache, changes.digest, overtaken)
    if (found === 'equal') return { kind: 'equal', asOf: changes.toSeq, ...done }
    // Where nothing says that what came is the newer, only another look can tell.
    const isUnclear = overtaken.length < otherwise.length
    const readsOn = found === 'moved-on' || (isUnclear && ++this.#unclearCount <= UNCLEAR_LIMIT)
    return readsOn ? { ...nothingDrawn(this.#nowMs()), ...done } : { kind: 'different', ...done }
  }
}

/** An item that was served otherwise than the changes before it told of it; null: not served. */
interface ServedOtherwise {
  readonly told: ItemHead
  readonly served: Item | null
}

function servedOtherwise(heads: readonly ItemHead[], items: readonly Item[]): readonly ServedOtherwise[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  return heads
    .map((told) => ({ told, served: byId.get(told.id) ?? null }))
    .filter(({ told, served }) => served?.contentHash !== told.contentHash)
}

/**
 * Whether the cache holds, at the digest's place of the change sequence, what the digest says (C8). `moved-on`: ordinary
 * sync has taken the cursor elsewhere, so the two are not to be compared.
 *
 * @param overtaken items that were served newer than they were at that place: each counts as what it was there, which
 *   the changes said in the digest's own snapshot. Without that, a mailbox that is written to faster than a page takes
 *   is never proven (decision 12)
 */
async function compareAt(
  cache: Cache,
  digest: CollectionDigest,
  overtaken: readonly ServedOtherwise[],
): Promise<'equal' | 'different' | 'moved-on'> {
  const { collection } = digest
  const { cursor, whole, scheme } = await cache.state(collection)
  if (cursor !== digest.asOf) return 'moved-on'
  return isEqualDigest(scheme === null ? whole : asTold(whole, scheme, collection, overtaken), digest)
    ? 'equal'
    : 'different'
}

/** The digest of what is held, each overtaken item as it was told. */
function asTold(
  whole: RangeDigest,
  scheme: DigestScheme,
  collection: CollectionName,
  overtaken: readonly ServedOtherwise[],
): RangeDigest {
  const served = overtaken.flatMap((each) => each.served ?? [])
  const told = overtaken.map((each) => each.told)
  const others = subtractDigests(whole, digestOf(scheme, collection, served))
  return addDigests(others, digestOf(scheme, collection, told))
}

export function bytesOf(items: readonly { readonly payloadBytes: number }[]): number {
  return items.reduce((bytes, item) => bytes + item.payloadBytes, 0)
}

export function nothingDrawn(startedAtMs: number): Stepped {
  return { kind: 'stepped', startedAtMs, drawnBytes: 0, appliedItemCount: 0, appliedBytes: 0 }
}
