import { addDigests, digestOf, EMPTY_DIGEST, ItemHead } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, bucketSums, countsOf, ORDINALS_PER_BUCKET, partsOf } from './digest-buckets.ts'

const SCHEME = { algorithm: 'sha256-xor-128', saltId: 'salt-1', salt: 'sea' }

function aHead(name: number) {
  return ItemHead.parse({ id: `mail-${name}`, ordinal: 320, revision: 1, contentHash: 'hash-2', payloadBytes: 70 })
}

const heads = fc
  .record({ name: fc.nat(9), ordinal: fc.nat(500), content: fc.nat(2), payloadBytes: fc.nat(100) })
  .map(({ name, ordinal, content, payloadBytes }) =>
    ItemHead.parse({ id: `mail-${name}`, ordinal, revision: 1, contentHash: `hash-${content}`, payloadBytes }),
  )

test('a range is its whole buckets and, at its edges, less than two buckets of single items', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 5000 }), (fromOrdinal, width) => {
      const { buckets, edges } = partsOf({ fromOrdinal, toOrdinal: fromOrdinal + width })
      const covered = edges.map((edge) => edge.toOrdinal - edge.fromOrdinal)
      if (buckets) covered.push((buckets.toBucket - buckets.fromBucket) * ORDINALS_PER_BUCKET)
      expect(covered.every((count) => count > 0)).toBe(true)
      expect(covered.reduce((sum, count) => sum + count, 0)).toBe(width)
      for (const edge of edges) expect(edge.toOrdinal - edge.fromOrdinal).toBeLessThan(2 * ORDINALS_PER_BUCKET)
      if (buckets) expect(buckets.fromBucket).toBeGreaterThanOrEqual(bucketOf(fromOrdinal))
    }),
  )
})

test('a digest with the sum of some moves added is the digest of what is there afterwards (C8)', () => {
  const moves = fc.array(fc.tuple(fc.option(heads, { nil: undefined }), fc.option(heads, { nil: undefined })))
  fc.assert(
    fc.property(moves, (pairs) => {
      const moved = pairs.map(([before, after]) => ({ before, after }))
      const before = moved.flatMap((move) => move.before ?? [])
      const after = moved.flatMap((move) => move.after ?? [])
      const sums = [...bucketSums(SCHEME, 'mail', moved).values()]
      const sum = sums.reduce((left, right) => addDigests(left, right), EMPTY_DIGEST)
      expect(addDigests(digestOf(SCHEME, 'mail', before), sum)).toEqual(digestOf(SCHEME, 'mail', after))
      expect(countsOf(moved)).toMatchObject({ itemCount: sum.itemCount, payloadBytes: sum.payloadBytes })
    }),
    { examples: [[[[aHead(0), aHead(1)]]]] }, // found by chance: one item takes the place of another that differs in its id only
  )
})
