import {
  type CollectionSource,
  DIGEST_ALGORITHM,
  digestOf,
  type FetchAnswer,
  Item,
  type OrdinalRange,
} from '@tidegate/protocol'

const scheme = { algorithm: DIGEST_ALGORITHM, saltId: 'salt-1', salt: 'pepper' }

/** One collection, the same items for every account; counts how often it was asked for payloads. */
export class MemorySource implements CollectionSource {
  readonly collections = ['messages']
  readonly items: readonly Item[]
  fetchCount = 0
  /** Set to make payload reads fail. */
  failure: Error | null = null

  constructor(itemCount: number, payloadBytes: number) {
    this.items = Array.from({ length: itemCount }, (_, ordinal) =>
      Item.parse({
        id: `message-${ordinal}`,
        ordinal,
        revision: 1,
        contentHash: `hash-${ordinal}`,
        payloadBytes,
        payload: 'x'.repeat(8),
      }),
    )
  }

  async digests(_accountId: string, request: Parameters<CollectionSource['digests']>[1]) {
    const digests = request.ranges.map((range) => digestOf(scheme, request.collection, this.#within(range)))
    return { collection: request.collection, asOf: 1, scheme, digests }
  }

  async list(_accountId: string, request: Parameters<CollectionSource['list']>[1]) {
    const heads = this.#within(request.range).map(({ payload: _payload, ...head }) => head)
    return { collection: request.collection, asOf: 1, heads, nextOrdinal: null }
  }

  async fetch(
    _accountId: string,
    { collection, ids }: Parameters<CollectionSource['fetch']>[1],
    pageBytes: number,
  ): Promise<FetchAnswer> {
    this.fetchCount += 1
    if (this.failure) throw this.failure
    const answer: FetchAnswer = { collection, asOf: 1, items: [], missing: [], deferred: [] }
    let bytes = 0
    for (const id of ids) {
      const item = this.items.find((each) => each.id === id)
      if (!item) answer.missing.push(id)
      else if (bytes > 0 && bytes + item.payloadBytes > pageBytes) answer.deferred.push(id)
      else {
        bytes += item.payloadBytes
        answer.items.push(item)
      }
    }
    return answer
  }

  async changesSince(_accountId: string, request: Parameters<CollectionSource['changesSince']>[1]) {
    const { collection } = request
    return { kind: 'unknown-position' as const, collection, asOf: 1, oldestSeq: 1 }
  }

  #within(range: OrdinalRange): readonly Item[] {
    return this.items.filter(({ ordinal }) => ordinal >= range.fromOrdinal && ordinal < range.toOrdinal)
  }
}
