import type { ResourceId } from '@tidegate/protocol'
import type { CapacityAnswer, CapacityAsk, ResourceAsk, ResourceGrant } from './capacity-exchange.ts'
import { DRAIN_MS, MAX_BOOK_GAP_MS, SAFE_TERM_MS, SHARE_TERM_MS } from './share-terms.ts'

/** What one slot holds of one resource, at most. */
interface HeldShare {
  readonly capacityUnits: number
  readonly safeUnits: number
  /** The safe share it asked for: room is kept for it until it has it. */
  readonly wantSafeUnits: number
  /** Until the slot's `untilMs`. */
  readonly units: number
  readonly demandUnits: number
}

interface Slot {
  readonly holder: string
  readonly askNo: number
  readonly slotCount: number
  readonly untilMs: number
  readonly safeUntilMs: number
  readonly shares: ReadonlyMap<ResourceId, HeldShare>
}

/** Who may hold what, as the store writes it down. Times are the book's own: they only rise, and no gap counts for more than `MAX_BOOK_GAP_MS`. */
export interface CapacityBook {
  readonly epoch: string
  /** Names the store it was written in: another one is another book. */
  readonly store: string
  readonly bookMs: number
  /** What the store's clock showed at the last exchange. */
  readonly storeMs: number
  readonly learningUntilMs: number
  readonly claimsFromMs: number
  readonly slots: ReadonlyMap<number, Slot>
}

/** What a store brings to an exchange: its name, its clock, and an epoch nobody ever drew, should a new one begin. */
export interface StoreSays {
  readonly store: string
  readonly storeMs: number
  readonly newEpoch: string
}

/** A book in which nothing is known and so nothing may be claimed for a safe term. */
export function newBook({ store, storeMs, newEpoch }: StoreSays): CapacityBook {
  const [learningUntilMs, claimsFromMs] = [SHARE_TERM_MS, SAFE_TERM_MS]
  return { epoch: newEpoch, store, bookMs: 0, storeMs, learningUntilMs, claimsFromMs, slots: new Map() }
}

/** A book of which somebody knows that nobody was given anything before it. */
export function firstBook(says: StoreSays): CapacityBook {
  return { ...newBook(says), learningUntilMs: 0, claimsFromMs: 0 }
}

/**
 * One exchange: writes down the most that the asking node may hold from here on, whether or not it hears the answer, and
 * answers what it may hold.
 *
 * Σ over slots of what is written down, and a safe share for each slot that is free, is never above the capacity (G4). A
 * node lives by the answer to its last ask and by nothing older, so what it says it holds and what it is given now are
 * all it can have; asks of one process count in their order.
 */
export function exchange(
  before: CapacityBook,
  ask: CapacityAsk,
  says: StoreSays,
): { readonly book: CapacityBook; readonly answer: CapacityAnswer } {
  const gapMs = Math.min(Math.max(says.storeMs - before.storeMs, 0), MAX_BOOK_GAP_MS)
  const isSame = before.store === says.store && !hasLostTail(before, ask)
  const book = isSame ? { ...before, bookMs: before.bookMs + gapMs, storeMs: says.storeMs } : newBook(says)
  const nowMs = book.bookMs
  const mine = book.slots.get(ask.slot)
  if (mine && mine.holder === ask.holder && ask.askNo <= mine.askNo) return { book, answer: { kind: 'stale' } }
  if (mine && mine.holder !== ask.holder && mine.safeUntilMs > nowMs) {
    return { book, answer: { kind: 'taken', freeInMs: mine.safeUntilMs - nowMs } }
  }
  if (!mine && ask.known === null && nowMs < book.claimsFromMs) {
    return { book, answer: { kind: 'past-unknown', freeInMs: book.claimsFromMs - nowMs } }
  }
  if (ask.isLeaving)
    return { book: withSlot(book, ask.slot, mine && left(mine, ask.askNo, nowMs)), answer: { kind: 'left' } }
  const isLearning = nowMs < book.learningUntilMs
  const resources = ask.resources.map((resource) => grant(book, ask, resource, isLearning))
  const shares = new Map(
    ask.resources.map(({ resourceId, capacityUnits, safeUnits, heldUnits, demandUnits }, at) => {
      const { units, safeUnits: givenSafeUnits } = resources[at] as ResourceGrant // one for each
      return [
        resourceId,
        {
          capacityUnits,
          safeUnits: givenSafeUnits,
          wantSafeUnits: safeUnits,
          units: Math.max(units, heldUnits),
          demandUnits,
        },
      ]
    }),
  )
  const { holder, askNo, slotCount } = ask
  const slot = { holder, askNo, slotCount, untilMs: nowMs + SHARE_TERM_MS, safeUntilMs: nowMs + SAFE_TERM_MS, shares }
  return {
    book: withSlot(book, ask.slot, slot),
    answer: { kind: 'granted', epoch: book.epoch, isLearning, resources },
  }
}

/** Whether the node lives by an answer that this book, of the same epoch, does not know of. */
function hasLostTail(book: CapacityBook, { known, slot, holder }: CapacityAsk): boolean {
  if (known === null || known.epoch !== book.epoch) return false
  const mine = book.slots.get(slot)
  return mine?.holder !== holder || mine.askNo < known.heardAskNo
}

function left(mine: Slot, askNo: number, nowMs: number): Slot {
  const untilMs = Math.min(mine.untilMs, nowMs + DRAIN_MS)
  return { ...mine, askNo, untilMs, safeUntilMs: Math.min(mine.safeUntilMs, nowMs + DRAIN_MS) }
}

function withSlot(book: CapacityBook, slotNo: number, slot: Slot | undefined): CapacityBook {
  return slot ? { ...book, slots: new Map(book.slots).set(slotNo, slot) } : book
}

function grant(book: CapacityBook, ask: CapacityAsk, resource: ResourceAsk, isLearning: boolean): ResourceGrant {
  const { resourceId, heldUnits, heldSafeUnits, wantUnits } = resource
  const nowMs = book.bookMs
  let capacityUnits = resource.capacityUnits
  let leastSafeUnits = resource.safeUnits
  let slotCount = ask.slotCount
  let slotsSeen = 1
  let othersHoldUnits = 0
  let othersSafeUnits = 0
  const otherDemandsUnits: number[] = []
  for (const [slotNo, slot] of [...book.slots].sort(([left], [right]) => left - right)) {
    const share = slot.shares.get(resourceId)
    if (slotNo === ask.slot || !share || slot.safeUntilMs <= nowMs) continue
    const safeUnits = Math.max(share.safeUnits, share.wantSafeUnits)
    capacityUnits = Math.min(capacityUnits, share.capacityUnits)
    leastSafeUnits = Math.max(leastSafeUnits, share.wantSafeUnits)
    slotCount = Math.max(slotCount, slot.slotCount)
    slotsSeen += 1
    othersSafeUnits += safeUnits
    const isHeard = slot.untilMs > nowMs
    othersHoldUnits += isHeard ? Math.max(safeUnits, share.units) : safeUnits
    // Whoever was not heard for a term keeps its safe share, and the rest is divided among the others.
    if (isHeard) otherDemandsUnits.push(Math.max(0, share.demandUnits - safeUnits))
  }
  // A free slot's safe share is nobody's: whoever takes the slot has it at once, whoever had it in another book has it still.
  const freeSlotsUnits = Math.max(0, slotCount - slotsSeen) * leastSafeUnits
  const freeUnits = capacityUnits - othersHoldUnits - freeSlotsUnits
  const safeUnits = heldSafeUnits > 0 ? heldSafeUnits : freeUnits >= resource.safeUnits ? resource.safeUnits : 0
  return {
    resourceId,
    units: Math.max(safeUnits, Math.min(wantUnits, isLearning ? heldUnits : freeUnits)),
    safeUnits,
    divisibleUnits: capacityUnits - othersSafeUnits - freeSlotsUnits - Math.max(safeUnits, resource.safeUnits),
    otherDemandsUnits,
  }
}
