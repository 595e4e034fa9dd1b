import {
  type AccountId,
  type ChangeSeq,
  type CollectionSource,
  Denied,
  DIGEST_ALGORITHM,
  type DigestScheme,
  digestOf,
  type Item,
  type ItemHead,
  type ItemId,
  itemFingerprint,
  Ordinal,
  type OrdinalRange,
} from '@tidegate/protocol'

/** One change to what an account holds. */
export type SourceWrite =
  | { readonly kind: 'upsert'; readonly item: Item }
  | { readonly kind: 'delete'; readonly id: ItemId }

/** A source that holds its items in this process, for tests and for small teams. */
export interface MemorySource extends CollectionSource {
  /**
   * Makes changes, all of them at once. Deleting what is not there, and an upsert that changes nothing clients store, take no place in the sequence.
   *
   * @throws RangeError when an item has an ordinal that the wire has no word for; nothing is changed then
   */
  write(accountId: AccountId, collection: string, writes: readonly SourceWrite[]): void
}

interface Shelf {
  readonly items: Map<ItemId, Item>
  /** The place of a change is its index plus one. */
  readonly log: { readonly id: ItemId; readonly ordinal: Ordinal }[]
}

/**
 * @param options.collections names to serve; at least one
 * @param options.salt of the fingerprints, 1 to 64 characters; the same after a restart, or clients compare everything again
 * @throws TypeError when there is no collection
 */
export function memorySource(options: {
  readonly collections: readonly string[]
  readonly salt: string
}): MemorySource {
  const { collections, salt } = options
  if (collections.length === 0) throw new TypeError('Cannot serve a source: collections must name at least one')
  const saltId = saltIdOf(salt)
  const scheme: DigestScheme = { algorithm: DIGEST_ALGORITHM, saltId, salt }
  const shelves = new Map<string, Shelf>()

  const shelfOf = (accountId: AccountId, collection: string): Shelf => {
    if (!collections.includes(collection)) throw new Denied({ kind: 'not-found', what: `collection ${collection}` })
    const key = JSON.stringify([accountId, collection])
    const shelf = shelves.get(key) ?? { items: new Map(), log: [] }
    shelves.set(key, shelf)
    return shelf
  }

  return {
    collections,
    write(accountId, collection, writes) {
      const shelf = shelfOf(accountId, collection)
      for (const write of writes) if (write.kind === 'upsert') assertOrdinal(write.item)
      for (const write of writes) applyWrite(shelf, write)
    },
    async digests(accountId, { collection, ranges }) {
      const shelf = shelfOf(accountId, collection)
      const digests = ranges.map((range) => digestOf(scheme, collection, within(shelf, range)))
      return { collection, asOf: shelf.log.length, scheme, digests }
    },
    async list(accountId, { collection, range, limit }) {
      const shelf = shelfOf(accountId, collection)
      const heads = within(shelf, range).map(headOf)
      const nextOrdinal = heads[limit]?.ordinal ?? null
      return { collection, asOf: shelf.log.length, heads: heads.slice(0, limit), nextOrdinal }
    },
    async fetch(accountId, { collection, ids }, pageBytes) {
      const shelf = shelfOf(accountId, collection)
      return { collection, asOf: shelf.log.length, ...page(shelf, ids, pageBytes) }
    },
    async changesSince(accountId, { collection, sinceSeq, limit }) {
      const shelf = shelfOf(accountId, collection)
      const asOf = shelf.log.length
      if (sinceSeq > asOf) return { kind: 'unknown-position', collection, asOf, oldestSeq: 0 }
      const toSeq = Math.min(sinceSeq + limit, asOf)
      const whole = () => digestOf(scheme, collection, shelf.items.values())
      const digest = toSeq < asOf ? null : { collection, asOf, algorithm: DIGEST_ALGORITHM, saltId, ...whole() }
      return { kind: 'changes', collection, fromSeq: sinceSeq, toSeq, asOf, ...changes(shelf, sinceSeq, toSeq), digest }
    },
  }
}

/** A name of the salt that no other salt has: what it makes of nothing. */
function saltIdOf(salt: string): string {
  const scheme = { algorithm: DIGEST_ALGORITHM, saltId: 'none', salt }
  return itemFingerprint(scheme, '', { id: '', contentHash: '' }).slice(0, 16)
}

function assertOrdinal({ id, ordinal }: Item): void {
  if (Ordinal.safeParse(ordinal).success) return
  throw new RangeError(`Cannot write ${id}: ordinal must be an integer from 0 to 2^53 - 2, got ${ordinal}`)
}

function applyWrite({ items, log }: Shelf, write: SourceWrite): void {
  const id = write.kind === 'upsert' ? write.item.id : write.id
  const before = items.get(id)
  if (write.kind === 'delete') items.delete(id)
  else items.set(id, write.item)
  const after = items.get(id)
  const isSame =
    before?.ordinal === after?.ordinal &&
    before?.contentHash === after?.contentHash &&
    before?.payloadBytes === after?.payloadBytes
  const touched = after ?? before
  if (!isSame && touched) log.push({ id, ordinal: touched.ordinal })
}

function within({ items }: Shelf, range: OrdinalRange): Item[] {
  return [...items.values()]
    .filter((item) => item.ordinal >= range.fromOrdinal && item.ordinal < range.toOrdinal)
    .sort((left, right) => left.ordinal - right.ordinal)
}

function page({ items }: Shelf, ids: readonly ItemId[], pageBytes: number) {
  const asked = [...new Set(ids)]
  const found = asked.flatMap((id) => items.get(id) ?? [])
  let sumBytes = 0
  let fitCount = 0
  for (const item of found) {
    sumBytes += item.payloadBytes
    if (fitCount > 0 && sumBytes > pageBytes) break
    fitCount += 1
  }
  return {
    items: found.slice(0, fitCount),
    missing: asked.filter((id) => !items.has(id)),
    deferred: found.slice(fitCount).map((item) => item.id),
  }
}

function changes({ items, log }: Shelf, sinceSeq: ChangeSeq, toSeq: ChangeSeq) {
  const touched = new Map(log.slice(sinceSeq, toSeq).map(({ id, ordinal }) => [id, ordinal]))
  return {
    upserts: [...touched.keys()].flatMap((id) => items.get(id) ?? []).map(headOf),
    deletes: [...touched].flatMap(([id, ordinal]) => (items.has(id) ? [] : [{ id, ordinal }])),
  }
}

function headOf({ id, ordinal, revision, contentHash, payloadBytes }: Item): ItemHead {
  return { id, ordinal, revision, contentHash, payloadBytes }
}
