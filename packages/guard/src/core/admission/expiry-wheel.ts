const SLOT_MS = 1000

/** Things that are over at some time each, in slots of a second: what is not due yet is never looked at. */
export class ExpiryWheel<Item> {
  readonly #slots = new Map<number, Item[]>()
  #sweptSlot: number

  constructor(nowMs: number) {
    this.#sweptSlot = Math.floor(nowMs / SLOT_MS)
  }

  add(item: Item, atMs: number): void {
    const slot = Math.max(Math.ceil(atMs / SLOT_MS), this.#sweptSlot + 1)
    const items = this.#slots.get(slot)
    if (items) items.push(item)
    else this.#slots.set(slot, [item])
  }

  /** Hands over what is over, up to a second late. */
  sweep(nowMs: number, onOver: (item: Item) => void): void {
    const untilSlot = Math.floor(nowMs / SLOT_MS)
    if (untilSlot <= this.#sweptSlot) return
    const passed = untilSlot - this.#sweptSlot
    const due = passed <= this.#slots.size ? range(this.#sweptSlot + 1, untilSlot) : [...this.#slots.keys()]
    this.#sweptSlot = untilSlot
    for (const slot of due) {
      if (slot > untilSlot) continue
      const items = this.#slots.get(slot)
      this.#slots.delete(slot)
      for (const item of items ?? []) onOver(item)
    }
  }
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from + 1 }, (_, at) => from + at)
}
