import type { ChangeSeq, ClientApi, CollectionName, FetchAnswer, ItemHead, LeaseId, Ordinal } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { PageQueue, type Wanted } from '../core/page-queue.ts'
import { bytesOf, nothingDrawn, type Stepped } from './changes-replay.ts'
import type { Plan } from './difference-search.ts'

/** Brings what a plan says is needed of one collection: a page is asked for in one step and applied in the next. */
export class PageFetch {
  readonly collection: CollectionName
  readonly #api: Pick<ClientApi, 'fetch'>
  readonly #cache: Cache
  readonly #nowMs: () => number
  readonly #basis: ChangeSeq
  readonly #isRestored: boolean
  readonly #queue: PageQueue
  readonly #suspects: PageQueue
  #unchanged: readonly ItemHead[]
  #page: FetchAnswer | null = null
  #isMoved = false

  constructor(options: {
    readonly api: Pick<ClientApi, 'fetch'>
    readonly cache: Cache
    readonly plan: Plan
    readonly nowMs: () => number
  }) {
    this.collection = options.plan.collection
    this.#api = options.api
    this.#cache = options.cache
    this.#nowMs = options.nowMs
    this.#basis = options.plan.basis
    this.#isRestored = options.plan.isRestored
    this.#queue = new PageQueue(options.plan.fetch)
    this.#suspects = new PageQueue(options.plan.suspects)
    this.#unchanged = options.plan.unchanged
  }

  get isDone(): boolean {
    return this.#isMoved
  }

  /** From here upwards every item has been fetched, as far as pages are durable; null when none is. */
  get fetchedFrom(): Ordinal {
    const highest = this.#queue.highestOrdinal
    return highest === null ? 0 : highest + 1
  }

  prioritise(ids: readonly string[]): void {
    this.#queue.prioritise(ids)
  }

  async step(page: { readonly leaseId: LeaseId; readonly pageBytes: number }): Promise<Stepped> {
    if (this.#page !== null) return this.#apply(this.#page)
    if (this.#queue.itemCount > 0) return this.#draw(this.#queue, page)
    if (this.#suspects.itemCount > 0) return this.#draw(this.#suspects, page)
    if (this.#unchanged.length > 0) return this.#updateInPlace()
    return this.#takePlace()
  }

  async #draw(queue: PageQueue, page: { readonly leaseId: LeaseId; readonly pageBytes: number }): Promise<Stepped> {
    const startedAtMs = this.#nowMs()
    const asked = queue.take(page.pageBytes)
    const answer = await this.#fetch(queue, asked, page.leaseId)
    const deferred = new Set(answer.deferred)
    queue.putBack(asked.filter(({ id }) => deferred.has(id)))
    if (answer.items.length + answer.missing.length === 0)
      throw new Error('Cannot go on: a page came back with nothing')
    this.#page = answer
    return { ...nothingDrawn(startedAtMs), drawnBytes: bytesOf(answer.items), holdsPage: true }
  }

  async #fetch(queue: PageQueue, asked: readonly Wanted[], leaseId: LeaseId): Promise<FetchAnswer> {
    try {
      return await this.#api.fetch({ collection: this.collection, ids: asked.map(({ id }) => id), leaseId })
    } catch (error) {
      queue.putBack(asked)
      throw error
    }
  }

  /** One page, all or nothing. An item is deleted only when the server, asked for it by id, said it is missing (C1). */
  async #apply(page: FetchAnswer): Promise<Stepped> {
    const { collection } = this
    const { items: upserts, missing: deletes, asOf } = page
    const written = { collection, upserts, unchanged: [], deletes }
    await this.#cache.applyPage(this.#isRestored ? written : { ...written, asOf })
    this.#page = null
    return {
      ...nothingDrawn(this.#nowMs()),
      appliedItemCount: page.items.length + page.missing.length,
      appliedBytes: bytesOf(page.items),
    }
  }

  async #updateInPlace(): Promise<Stepped> {
    const unchanged = this.#unchanged
    await this.#cache.applyPage({ collection: this.collection, upserts: [], unchanged, deletes: [] })
    this.#unchanged = []
    return nothingDrawn(this.#nowMs())
  }

  /** Everything that differed where the plan was read is durable, so the changes from there on bring the rest. */
  async #takePlace(): Promise<Stepped> {
    await this.#cache.moveCursor(this.collection, this.#basis, { evenBackwards: true })
    this.#isMoved = true
    return nothingDrawn(this.#nowMs())
  }
}
