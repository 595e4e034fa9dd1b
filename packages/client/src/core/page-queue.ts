import type { ItemId, Ordinal } from '@tidegate/protocol'

/** Most ids a page may name; the wire's own limit. */
export const PAGE_ID_LIMIT = 500

/** An item to be asked for, and what it is expected to weigh. */
export interface Wanted {
  readonly id: ItemId
  readonly ordinal: Ordinal
  readonly payloadBytes: number
}

/** What is still to be asked for of one collection: what is on screen first, then the newest. */
export class PageQueue {
  readonly #waiting: Map<ItemId, Wanted>
  #urgent: readonly string[] = []

  constructor(wanted: readonly Wanted[]) {
    const newestFirst = [...wanted].sort((left, right) => right.ordinal - left.ordinal)
    this.#waiting = new Map(newestFirst.map((each) => [each.id, each]))
  }

  get itemCount(): number {
    return this.#waiting.size
  }

  get bytes(): number {
    let bytes = 0
    for (const each of this.#waiting.values()) bytes += each.payloadBytes
    return bytes
  }

  /** The highest ordinal still waiting, or null when nothing is: everything above it was taken. */
  get highestOrdinal(): Ordinal | null {
    let highest: Ordinal | null = null
    for (const { ordinal } of this.#waiting.values()) highest = Math.max(highest ?? 0, ordinal)
    return highest
  }

  /** Puts these before all others, in this order; those that are not waiting are ignored. */
  prioritise(ids: readonly string[]): void {
    this.#urgent = ids
  }

  /** Takes the next page: as many as fit, and at least one, or a single large item would wait for ever. */
  take(pageBytes: number, idLimit = PAGE_ID_LIMIT): readonly Wanted[] {
    const page: Wanted[] = []
    let bytes = 0
    for (const each of this.#inOrder()) {
      if (page.length >= idLimit || (page.length > 0 && bytes + each.payloadBytes > pageBytes)) break
      page.push(each)
      bytes += each.payloadBytes
    }
    for (const { id } of page) this.#waiting.delete(id)
    return page
  }

  /** Puts back what did not come. */
  putBack(wanted: readonly Wanted[]): void {
    const others = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const each of [...wanted, ...others]) this.#waiting.set(each.id, each)
  }

  *#inOrder(): Generator<Wanted> {
    const urgent = this.#urgent.flatMap((id) => this.#waiting.get(id as ItemId) ?? []) // a lookup: an id nobody knows finds nothing
    yield* urgent
    const told = new Set(urgent)
    for (const each of this.#waiting.values()) if (!told.has(each)) yield each
  }
}
