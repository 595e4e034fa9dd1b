import {
  type ItemHead,
  type ItemId,
  isEqualDigest,
  type Ordinal,
  type OrdinalRange,
  type RangeDigest,
} from '@tidegate/protocol'
import { ORDINALS_PER_BUCKET } from './digest-buckets.ts'

/**
 * Finding where a cache and the server differ, without a list of everything:
 *
 *     startRanges ─▶ digests of both sides ─▶ differing ─▶ split: childrenOf each, and again
 *                                                     └──▶ list: merged, then leafDifference on each page of heads
 *
 * A range is listed once either side holds at most {@link LEAF_ITEM_COUNT} items of it: a listing then tells at most that
 * many heads which nobody needed (where we hold few, the rest of it is new to us). What asking costs is kept below a tenth
 * of what listing would: a range gets one child per 16 items, and a digest with its range is shorter than a head.
 */
export const LEAF_ITEM_COUNT = 64

/** Most children of a range: 16 ranges of 16 children fill one `digests` request (256). */
export const CHILD_COUNT = 16

const ITEMS_PER_CHILD = 16

/** A range that differs and is too big to be listed. */
export interface RangeToSplit {
  readonly range: OrdinalRange
  /** Items of the fuller side. */
  readonly itemCount: number
}

/**
 * What to compare first: the part of `range` that the cache has items in, and the parts below and above it. The outer
 * ones may be enormously wide and are never split, because nothing is held there.
 *
 * @param held lowest and highest ordinal held within `range`; null when none is
 */
export function startRanges(
  range: OrdinalRange,
  held: { readonly lowest: Ordinal; readonly highest: Ordinal } | null,
): readonly OrdinalRange[] {
  if (!held) return [range]
  const from = Math.max(range.fromOrdinal, bucketStart(held.lowest))
  const to = Math.min(range.toOrdinal, bucketStart(held.highest) + ORDINALS_PER_BUCKET)
  return pieces(range, [from, to])
}

/**
 * Compares digests of the same ranges under the same scheme.
 *
 * @param local one digest per range, in their order; so is `server`
 * @returns the ranges that differ: those to split further, and those to list
 * @throws RangeError when a digest is missing
 */
export function differing(
  ranges: readonly OrdinalRange[],
  local: readonly RangeDigest[],
  server: readonly RangeDigest[],
): { readonly split: readonly RangeToSplit[]; readonly list: readonly OrdinalRange[] } {
  const split: RangeToSplit[] = []
  const list: OrdinalRange[] = []
  for (const [at, range] of ranges.entries()) {
    const ours = local[at]
    const theirs = server[at]
    if (!ours || !theirs)
      throw new RangeError(
        `Cannot compare: ${ranges.length} ranges need as many digests of each side, got ${local.length} and ${server.length}`,
      )
    if (isEqualDigest(ours, theirs)) continue
    if (isLeaf(range, ours, theirs)) list.push(range)
    else split.push({ range, itemCount: Math.max(ours.itemCount, theirs.itemCount) })
  }
  return { split, list }
}

/**
 * @returns 2 to {@link CHILD_COUNT} ranges of about the same width that together are `range`, in rising order; the
 *   borders between them are borders of buckets
 */
export function childrenOf({ range, itemCount }: RangeToSplit): readonly OrdinalRange[] {
  const count = Math.max(2, Math.min(CHILD_COUNT, Math.ceil(itemCount / ITEMS_PER_CHILD)))
  const from = bucketStart(range.fromOrdinal)
  const width = Math.ceil((range.toOrdinal - from) / ORDINALS_PER_BUCKET / count) * ORDINALS_PER_BUCKET
  const borders: Ordinal[] = []
  for (let at = from + width; at < range.toOrdinal; at += width) borders.push(at)
  return pieces(range, borders)
}

/** @returns the same ordinals in as few ranges as possible, in rising order: one `list` instead of several */
export function merged(ranges: readonly OrdinalRange[]): readonly OrdinalRange[] {
  const whole: OrdinalRange[] = []
  for (const range of [...ranges].sort((left, right) => left.fromOrdinal - right.fromOrdinal)) {
    const last = whole.at(-1)
    if (!last || last.toOrdinal < range.fromOrdinal) whole.push(range)
    else whole[whole.length - 1] = { ...last, toOrdinal: Math.max(last.toOrdinal, range.toOrdinal) }
  }
  return whole
}

/** What to do about the items of one listed range. */
export interface LeafDifference {
  /** New here, or with another contentHash: their payloads are needed. */
  readonly fetch: readonly ItemHead[]
  /** Held with this contentHash, while revision, ordinal or payloadBytes moved: updated in place, no payload. */
  readonly unchanged: readonly ItemHead[]
  /** Held here and not listed there. Not to be deleted before the server, asked for them by id, said `missing` (C1): they may have moved. */
  readonly suspects: readonly ItemId[]
}

/**
 * @param server heads as the server listed them
 * @param local heads held in just the ordinals that the listing covers: up to its `nextOrdinal` when that is not null
 */
export function leafDifference(server: readonly ItemHead[], local: readonly ItemHead[]): LeafDifference {
  const held = new Map(local.map((head) => [head.id, head]))
  const listed = new Set(server.map((head) => head.id))
  return {
    fetch: server.filter((head) => held.get(head.id)?.contentHash !== head.contentHash),
    unchanged: server.filter((head) => {
      const ours = held.get(head.id)
      return ours?.contentHash === head.contentHash && !isSameHead(ours, head)
    }),
    suspects: local.filter((head) => !listed.has(head.id)).map((head) => head.id),
  }
}

function isLeaf(range: OrdinalRange, local: RangeDigest, server: RangeDigest): boolean {
  return (
    range.toOrdinal - range.fromOrdinal <= ORDINALS_PER_BUCKET ||
    Math.min(local.itemCount, server.itemCount) <= LEAF_ITEM_COUNT
  )
}

function isSameHead(left: ItemHead, right: ItemHead): boolean {
  return left.revision === right.revision && left.ordinal === right.ordinal && left.payloadBytes === right.payloadBytes
}

function bucketStart(ordinal: Ordinal): Ordinal {
  return Math.floor(ordinal / ORDINALS_PER_BUCKET) * ORDINALS_PER_BUCKET
}

/** @returns `range` cut at those of the rising `borders` that lie inside it */
function pieces(range: OrdinalRange, borders: readonly Ordinal[]): readonly OrdinalRange[] {
  const inside = borders.filter((border) => border > range.fromOrdinal && border < range.toOrdinal)
  const starts = [range.fromOrdinal, ...inside]
  return starts.map((fromOrdinal, at) => ({ fromOrdinal, toOrdinal: inside[at] ?? range.toOrdinal }))
}
