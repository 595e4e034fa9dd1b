import type { ChangeSeq, Item, ItemHead, ItemId } from '@tidegate/protocol'
import type { HeadMove } from './digest-buckets.ts'

/** What a call wants to do to the items of a collection: the common part of `Changes` and `Page`. */
export interface ItemChanges {
  readonly upserts: readonly Item[]
  readonly unchanged?: readonly ItemHead[]
  readonly deletes: readonly ItemId[]
  /** Set when the changes may be older than what is held; see `Page.asOf`. */
  readonly asOf?: ChangeSeq
}

/** What happens to one item. `payload` is there when it is written anew. */
export interface ItemMove extends HeadMove {
  readonly id: ItemId
  readonly payload?: Item['payload']
}

/** @returns every id that `changes` names, once */
export function touchedIds(changes: ItemChanges): readonly ItemId[] {
  const heads = [...changes.upserts, ...(changes.unchanged ?? [])]
  return [...new Set([...changes.deletes, ...heads.map((head) => head.id)])]
}

/**
 * What `changes` do to what is held. Deletes come first and upserts last, so an item named in both stays (C1); of an
 * item named twice the last counts.
 *
 * Passed over without an error, because whoever asked may have read an older state: deletes of ids that are not held;
 * unchanged heads of ids that are not held, or whose contentHash is not the held one (a new head over an old payload
 * would make the digest vouch for content that is not there); and, when the cursor is beyond `asOf`, heads with a lower
 * revision than the held one, and deletes: what was missing then may have come back since (C1). What has not is found by
 * the next comparison.
 */
export function itemMoves(
  held: ReadonlyMap<string, ItemHead>,
  changes: ItemChanges,
  cursor: ChangeSeq | null,
): readonly ItemMove[] {
  const mayBeOlder = changes.asOf !== undefined && cursor !== null && cursor > changes.asOf
  const isOvertaken = (head: ItemHead) => mayBeOlder && (held.get(head.id)?.revision ?? -1) > head.revision
  const moves = new Map<ItemId, ItemMove>()
  const deletes = mayBeOlder ? [] : changes.deletes
  for (const id of deletes) moves.set(id, { id, before: held.get(id), after: undefined })
  for (const head of changes.unchanged ?? []) {
    const before = held.get(head.id)
    if (!before || before.contentHash !== head.contentHash || isOvertaken(head)) continue
    moves.set(head.id, { id: head.id, before, after: headOf(head) })
  }
  for (const item of changes.upserts) {
    if (isOvertaken(item)) continue
    moves.set(item.id, { id: item.id, before: held.get(item.id), after: headOf(item), payload: item.payload })
  }
  return [...moves.values()].filter(doesSomething)
}

function doesSomething({ before, after, payload }: ItemMove): boolean {
  if (payload !== undefined) return true
  if (!before || !after) return before !== after
  return (
    before.ordinal !== after.ordinal || before.revision !== after.revision || before.payloadBytes !== after.payloadBytes
  )
}

/** @returns the head alone, without whatever else the value carries */
function headOf({ id, ordinal, revision, contentHash, payloadBytes }: ItemHead): ItemHead {
  return { id, ordinal, revision, contentHash, payloadBytes }
}
