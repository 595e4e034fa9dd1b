import {
  AccountId,
  ChangesSinceAnswer,
  type CollectionDigest,
  CollectionName,
  type CollectionSource,
  ContentHash,
  type DigestScheme,
  digestOf,
  type Item,
  type ItemHead,
  ItemId,
  type OrdinalRange,
  type RangeDigest,
} from '@tidegate/protocol'
import type { SourceWrite } from '../memory-source.ts'

/** What a source must hold after some writes: the plainest thing that can be right. */
export class SourceModel {
  readonly items = new Map<ItemId, Item>()

  apply(writes: readonly SourceWrite[]): void {
    for (const write of writes) {
      if (write.kind === 'delete') this.items.delete(write.id)
      else this.items.set(write.item.id, write.item)
    }
  }

  digest(scheme: DigestScheme, collection: string, range: OrdinalRange): RangeDigest {
    const inRange = [...this.items.values()].filter(
      ({ ordinal }) => ordinal >= range.fromOrdinal && ordinal < range.toOrdinal,
    )
    return digestOf(scheme, collection, inRange)
  }

  /** Heads by rising ordinal, as `list` tells them. */
  heads(): ItemHead[] {
    return [...this.items.values()].map(headOf).sort((left, right) => left.ordinal - right.ordinal)
  }
}

/** A client that keeps heads and follows the change sequence page by page. */
export class FollowingClient {
  readonly heads = new Map<ItemId, ItemHead>()
  cursor: number

  constructor(cursor: number, heads: Iterable<ItemHead> = []) {
    this.cursor = cursor
    for (const head of heads) this.heads.set(head.id, head)
  }

  /** Applies one page. @returns the digest of the last page, null when there is more */
  async followOnePage(
    source: CollectionSource,
    accountId: AccountId,
    collection: CollectionName,
    limit: number,
  ): Promise<CollectionDigest | null> {
    const request = { collection, sinceSeq: this.cursor, limit }
    const answer = ChangesSinceAnswer.parse(await source.changesSince(accountId, request))
    if (answer.kind !== 'changes') throw new Error(`Cannot follow: position ${this.cursor} is unknown`)
    for (const head of answer.upserts) this.heads.set(head.id, head)
    for (const { id } of answer.deletes) this.heads.delete(id)
    this.cursor = answer.toSeq
    return answer.digest
  }

  /** Applies pages until there is no more. @returns what was to be proven, read with the last page */
  async followToTheEnd(
    source: CollectionSource,
    accountId: AccountId,
    collection: CollectionName,
    limit: number,
  ): Promise<CollectionDigest> {
    for (;;) {
      const digest = await this.followOnePage(source, accountId, collection, limit)
      if (digest) return digest
    }
  }

  digest(scheme: DigestScheme, collection: string): RangeDigest {
    return digestOf(scheme, collection, this.heads.values())
  }

  sortedHeads(): ItemHead[] {
    return [...this.heads.values()].sort((left, right) => left.ordinal - right.ordinal)
  }
}

export const ACCOUNT = AccountId.parse('account-1')
export const COLLECTION = CollectionName.parse('messages')

/** An item whose contentHash follows from its payload, as a team's would. */
export function anItem(name: string, ordinal: number, overrides: Partial<Omit<Item, 'id' | 'ordinal'>> = {}): Item {
  const payload = overrides.payload ?? { subject: name }
  return {
    id: ItemId.parse(name),
    ordinal,
    revision: 1,
    contentHash: ContentHash.parse(`hash-${ordinal}-${JSON.stringify(payload).length}`),
    payloadBytes: JSON.stringify(payload).length,
    payload,
    ...overrides,
  }
}

export function upsert(...items: readonly Item[]): SourceWrite[] {
  return items.map((item) => ({ kind: 'upsert', item }))
}

export function remove(...names: readonly string[]): SourceWrite[] {
  return names.map((name) => ({ kind: 'delete', id: ItemId.parse(name) }))
}

export function headOf({ id, ordinal, revision, contentHash, payloadBytes }: Item): ItemHead {
  return { id, ordinal, revision, contentHash, payloadBytes }
}
