import {
  ALL_ORDINALS,
  type ChangeSeq,
  type ClientApi,
  type CollectionName,
  type ItemHead,
  isComparable,
  type Ordinal,
  type OrdinalRange,
} from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { childrenOf, differing, leafDifference, merged, startRanges } from '../core/difference.ts'
import type { Wanted } from '../core/page-queue.ts'

/** What it takes to bring one collection in order. */
export interface Plan {
  readonly collection: CollectionName
  /** Where the first digests were read: whatever changed on the server since is told by the changes after it. */
  readonly basis: ChangeSeq
  readonly fetch: readonly ItemHead[]
  readonly unchanged: readonly ItemHead[]
  /** The source's sequence does not reach the cursor: it was restored, and no page of it is older than what is held. */
  readonly isRestored: boolean
  /** Held here and not listed there; asked for by id before anything is deleted (C1). */
  readonly suspects: readonly Wanted[]
}

const RANGES_PER_REQUEST = 256
const HEADS_PER_REQUEST = 1000

/**
 * Finds out where a collection differs, one exchange per step: digests are compared from the whole down to leaves, and
 * only leaves are listed. A range that is to be fetched anew is listed outright.
 */
export class DifferenceSearch {
  readonly #api: Pick<ClientApi, 'digests' | 'list'>
  readonly #cache: Cache
  readonly #collection: CollectionName
  readonly #refetch: readonly OrdinalRange[]
  #basis: ChangeSeq | null = null
  #isRestored = false
  #compare: OrdinalRange[] | null = null
  #list: OrdinalRange[] = []
  readonly #fetch = new Map<string, ItemHead>()
  readonly #unchanged: ItemHead[] = []
  readonly #suspects = new Map<string, ItemHead>()

  /** @param options.refetch items of these ranges are fetched whatever their digests say; without one, comparing decides */
  constructor(options: {
    readonly api: Pick<ClientApi, 'digests' | 'list'>
    readonly cache: Cache
    readonly collection: CollectionName
    readonly refetch: readonly OrdinalRange[]
  }) {
    this.#api = options.api
    this.#cache = options.cache
    this.#collection = options.collection
    this.#refetch = options.refetch
  }

  /** One exchange. @returns the plan when that was the last one */
  async step(): Promise<Plan | null> {
    if (this.#compare === null) await this.#begin()
    else if (this.#compare.length > 0) await this.#descend(this.#compare.splice(0, RANGES_PER_REQUEST))
    else {
      const [range, ...others] = this.#list
      this.#list = others
      if (range !== undefined) await this.#listLeaf(range)
    }
    return this.#compare?.length === 0 && this.#list.length === 0 ? this.#plan() : null
  }

  async #begin(): Promise<void> {
    const ranges = await this.#rangesToCompare()
    this.#compare = []
    this.#list.push(...this.#refetch)
    if (ranges.length > 0) await this.#descend(ranges)
  }

  async #rangesToCompare(): Promise<readonly OrdinalRange[]> {
    const [newest] = await this.#cache.list(this.#collection, { limit: 1, order: 'newest' })
    const [oldest] = await this.#cache.list(this.#collection, { limit: 1, order: 'oldest' })
    const held = newest && oldest ? { lowest: oldest.ordinal, highest: newest.ordinal } : null
    return startRanges(ALL_ORDINALS, held)
  }

  async #descend(ranges: readonly OrdinalRange[]): Promise<void> {
    const collection = this.#collection
    const { cursor } = await this.#cache.state(collection)
    const answer = await this.#api.digests({ collection, ranges: [...ranges] })
    this.#readAt(answer.asOf)
    this.#isRestored ||= cursor !== null && answer.asOf < cursor
    const { scheme } = await this.#cache.state(collection)
    // Unlike schemes are not comparable, which is never the same as different.
    if (scheme === null || !isComparable(scheme, answer.scheme))
      await this.#cache.adoptScheme(collection, answer.scheme)
    const { split, list } = differing(ranges, await this.#cache.digests(collection, ranges), answer.digests)
    this.#compare?.push(...split.flatMap((range) => childrenOf(range)))
    this.#list = [...merged([...this.#list, ...list])]
  }

  async #listLeaf(range: OrdinalRange): Promise<void> {
    const collection = this.#collection
    const answer = await this.#api.list({ collection, range, limit: HEADS_PER_REQUEST })
    this.#readAt(answer.asOf)
    const { nextOrdinal } = answer
    // More items under one ordinal than a page holds, which no source should have: the next page would be this one.
    if (nextOrdinal !== null && nextOrdinal <= range.fromOrdinal)
      throw new Error(
        `Cannot list ${collection} any further than ordinal ${range.fromOrdinal}: the source goes on there`,
      )
    const told = { fromOrdinal: range.fromOrdinal, toOrdinal: answer.nextOrdinal ?? range.toOrdinal }
    const local = await this.#cache.heads(collection, told)
    const { fetch, unchanged, suspects } = leafDifference(answer.heads, local)
    for (const head of fetch) this.#fetch.set(head.id, head)
    for (const head of answer.heads) if (this.#isRefetched(head.ordinal)) this.#fetch.set(head.id, head)
    this.#unchanged.push(...unchanged)
    const suspected = new Set<string>(suspects)
    for (const head of local) if (suspected.has(head.id)) this.#suspects.set(head.id, head)
    if (answer.nextOrdinal !== null) {
      this.#list = [{ fromOrdinal: answer.nextOrdinal, toOrdinal: range.toOrdinal }, ...this.#list]
    }
  }

  #isRefetched(ordinal: Ordinal): boolean {
    return this.#refetch.some(({ fromOrdinal, toOrdinal }) => ordinal >= fromOrdinal && ordinal < toOrdinal)
  }

  #readAt(asOf: ChangeSeq): void {
    this.#basis ??= asOf
  }

  #plan(): Plan {
    const listed = [...this.#fetch.values()]
    return {
      collection: this.#collection,
      basis: this.#basis ?? 0,
      isRestored: this.#isRestored,
      fetch: listed.filter((head) => !this.#isOnlyMoved(head)),
      unchanged: [
        ...this.#unchanged.filter(({ id }) => !this.#fetch.has(id)),
        ...listed.filter((head) => this.#isOnlyMoved(head)),
      ],
      suspects: [...this.#suspects.values()].filter(({ id }) => !this.#fetch.has(id)),
    }
  }

  /** An item made again under its id has a new ordinal: it is suspected at its old place and listed at its new one. */
  #isOnlyMoved({ id, contentHash, ordinal }: ItemHead): boolean {
    return this.#suspects.get(id)?.contentHash === contentHash && !this.#isRefetched(ordinal)
  }
}
