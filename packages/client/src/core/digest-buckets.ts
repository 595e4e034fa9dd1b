import {
  addDigests,
  type DigestScheme,
  EMPTY_DIGEST,
  type ItemHead,
  itemDigest,
  type OrdinalRange,
  type RangeDigest,
  subtractDigests,
} from '@tidegate/protocol'

/**
 * Ordinals that share one stored digest. A bucket is also the smallest range that a comparison splits down to, so it is
 * twice the least useful leaf (32 items): listing 64 heads costs about 10 kB, which is what two more rounds of digests
 * would cost, and 10,000 items need 157 stored digests.
 */
export const ORDINALS_PER_BUCKET = 64

/** @returns the number of the bucket that `ordinal` falls into */
export function bucketOf(ordinal: number): number {
  return Math.floor(ordinal / ORDINALS_PER_BUCKET)
}

/** A range of ordinals as whole buckets, which have stored digests, and the partial buckets at its edges, which have not. */
export interface RangeParts {
  /** Whole buckets from `fromBucket` up to, and without, `toBucket`; null when there is none. */
  readonly buckets: { readonly fromBucket: number; readonly toBucket: number } | null
  readonly edges: readonly OrdinalRange[]
}

export function partsOf(range: OrdinalRange): RangeParts {
  const { fromOrdinal, toOrdinal } = range
  const fromBucket = Math.ceil(fromOrdinal / ORDINALS_PER_BUCKET)
  const toBucket = bucketOf(toOrdinal)
  if (fromBucket >= toBucket) return { buckets: null, edges: [range] }
  const edges = [
    { fromOrdinal, toOrdinal: fromBucket * ORDINALS_PER_BUCKET },
    { fromOrdinal: toBucket * ORDINALS_PER_BUCKET, toOrdinal },
  ]
  return { buckets: { fromBucket, toBucket }, edges: edges.filter((edge) => edge.fromOrdinal < edge.toOrdinal) }
}

/** An item that comes (`before` undefined), goes (`after` undefined) or changes. */
export interface HeadMove {
  readonly before: ItemHead | undefined
  readonly after: ItemHead | undefined
}

/**
 * What moves add to the digest of each bucket they touch. A sum to be added, not a digest of its own: its counts may be
 * negative. Buckets whose digest stays as it is are left out.
 */
export function bucketSums(
  scheme: DigestScheme,
  collection: string,
  moves: Iterable<HeadMove>,
): ReadonlyMap<number, RangeDigest> {
  const sums = new Map<number, RangeDigest>()
  const sumOf = (head: ItemHead) => sums.get(bucketOf(head.ordinal)) ?? EMPTY_DIGEST
  for (const { before, after } of moves) {
    if (before && after && isDigestedAlike(before, after)) continue
    if (before)
      sums.set(bucketOf(before.ordinal), subtractDigests(sumOf(before), itemDigest(scheme, collection, before)))
    if (after) sums.set(bucketOf(after.ordinal), addDigests(sumOf(after), itemDigest(scheme, collection, after)))
  }
  return sums
}

/** @returns what moves add to the digest of a whole collection that has no scheme yet: counts, and no fingerprint */
export function countsOf(moves: Iterable<HeadMove>): RangeDigest {
  let itemCount = 0
  let payloadBytes = 0
  for (const { before, after } of moves) {
    itemCount += Number(after !== undefined) - Number(before !== undefined)
    payloadBytes += (after?.payloadBytes ?? 0) - (before?.payloadBytes ?? 0)
  }
  return { ...EMPTY_DIGEST, itemCount, payloadBytes }
}

function isDigestedAlike(before: ItemHead, after: ItemHead): boolean {
  return (
    before.id === after.id &&
    before.contentHash === after.contentHash &&
    before.payloadBytes === after.payloadBytes &&
    bucketOf(before.ordinal) === bucketOf(after.ordinal)
  )
}
