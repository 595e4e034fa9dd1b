import { ALL_ORDINALS, digestOf, ItemHead, type OrdinalRange } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childrenOf, differing, leafDifference, merged, startRanges } from './difference.ts'
import { ORDINALS_PER_BUCKET } from './digest-buckets.ts'

const SCHEME = { algorithm: 'sha256-xor-128', saltId: 'salt-1', salt: 'sea' }
const LIST_PAGE = 1000

function aHead(ordinal: number, overrides: Partial<Record<keyof ItemHead, unknown>> = {}): ItemHead {
  const head = { id: `mail-${ordinal}`, ordinal, revision: 1, contentHash: `hash-${ordinal}`.padEnd(44, '.') }
  return ItemHead.parse({ ...head, payloadBytes: 1200, ...overrides })
}

test('a range is compared where the cache holds something, and below and above that', () => {
  expect(startRanges(ALL_ORDINALS, { lowest: 100, highest: 700 })).toEqual([
    { fromOrdinal: 0, toOrdinal: 64 },
    { fromOrdinal: 64, toOrdinal: 704 },
    { fromOrdinal: 704, toOrdinal: ALL_ORDINALS.toOrdinal },
  ])
  expect(startRanges({ fromOrdinal: 70, toOrdinal: 80 }, { lowest: 70, highest: 79 })).toEqual([
    { fromOrdinal: 70, toOrdinal: 80 },
  ])
  expect(startRanges(ALL_ORDINALS, null)).toEqual([ALL_ORDINALS])
})

test('children are their parent, cut at bucket borders into at most 16', () => {
  const ranges = fc.tuple(fc.nat(1e6), fc.integer({ min: 65, max: 2 ** 50 }))
  fc.assert(
    fc.property(ranges, fc.integer({ min: 65, max: 1e6 }), ([fromOrdinal, width], itemCount) => {
      const range = { fromOrdinal, toOrdinal: fromOrdinal + width }
      const children = childrenOf({ range, itemCount })
      expect(children.length).toBeGreaterThanOrEqual(2)
      expect(children.length).toBeLessThanOrEqual(16)
      expect(merged(children)).toEqual([range])
      for (const child of children.slice(1)) expect(child.fromOrdinal % ORDINALS_PER_BUCKET).toBe(0)
    }),
  )
})

test('an item whose revision moved and whose content did not is updated in place, without its payload', () => {
  const local = [aHead(1), aHead(2), aHead(3), aHead(5)]
  const server = [aHead(1), aHead(2, { revision: 9 }), aHead(3, { contentHash: 'other' }), aHead(4)]
  expect(leafDifference(server, local)).toEqual({
    fetch: [server[2], server[3]],
    unchanged: [server[1]],
    suspects: ['mail-5'],
  })
})

test('a comparison with a digest missing is refused', () => {
  expect(() => differing([ALL_ORDINALS], [], [])).toThrow(/1 ranges need as many digests of each side, got 0 and 0/)
})

/** Plays a comparison between two lists of heads, and counts what it says. */
function compare(local: readonly ItemHead[], server: readonly ItemHead[]) {
  const within = (heads: readonly ItemHead[], { fromOrdinal, toOrdinal }: OrdinalRange) =>
    heads.filter(({ ordinal }) => ordinal >= fromOrdinal && ordinal < toOrdinal)
  const digests = (heads: readonly ItemHead[], ranges: readonly OrdinalRange[]) =>
    ranges.map((range) => digestOf(SCHEME, 'mail', within(heads, range)))
  const ordinals = local.map(({ ordinal }) => ordinal)
  const held = local.length === 0 ? null : { lowest: Math.min(...ordinals), highest: Math.max(...ordinals) }

  let bytes = 0
  let requestCount = 0
  let ranges = startRanges(ALL_ORDINALS, held)
  const toList: OrdinalRange[] = []
  while (ranges.length > 0) {
    const theirs = digests(server, ranges)
    bytes += JSON.stringify(ranges).length + JSON.stringify(theirs).length
    requestCount += Math.ceil(ranges.length / 256)
    const { split, list } = differing(ranges, digests(local, ranges), theirs)
    toList.push(...list)
    ranges = split.flatMap(childrenOf)
  }
  const found = { fetch: [] as string[], unchanged: [] as string[], suspects: [] as string[] }
  for (const range of merged(toList)) {
    const listed = within(server, range)
    bytes += JSON.stringify(range).length + JSON.stringify(listed).length
    requestCount += Math.max(1, Math.ceil(listed.length / LIST_PAGE))
    const leaf = leafDifference(listed, within(local, range))
    found.fetch.push(...leaf.fetch.map(({ id }) => id))
    found.unchanged.push(...leaf.unchanged.map(({ id }) => id))
    found.suspects.push(...leaf.suspects)
  }
  return { found, bytes, requestCount }
}

/** How a mailbox lies in its ordinals: one after another, with gaps, by time of arrival in bursts, anywhere. */
const ordinalSets = fc
  .tuple(fc.constantFrom(1, 3, 1000, 2 ** 36), fc.integer({ min: 0, max: 900 }), fc.integer())
  .map(([gap, count, seed]) => {
    const ordinals = new Set<number>()
    let ordinal = Math.abs(seed) % 1000
    for (let at = 0; at < count; at++) {
      ordinals.add(ordinal)
      // Every fiftieth gap is wide when gaps are wide: bursts.
      ordinal += gap <= 3 || at % 50 === 0 ? gap : 1 + ((at * 7919) % 5)
    }
    return [...ordinals]
  })

const twoSides = fc
  .tuple(ordinalSets, fc.array(fc.tuple(fc.nat(), fc.constantFrom('new', 'deleted', 'changed')), { maxLength: 300 }))
  .map(([ordinals, differences]) => {
    const local = new Map(ordinals.map((ordinal) => [ordinal, aHead(ordinal)]))
    const server = new Map(local)
    for (const [place, kind] of differences) {
      const ordinal = ordinals[place % Math.max(1, ordinals.length)] ?? place
      if (kind === 'new') local.delete(ordinal)
      if (kind === 'deleted') server.delete(ordinal)
      if (kind === 'changed' && server.has(ordinal)) server.set(ordinal, aHead(ordinal, { contentHash: 'other' }))
    }
    return { local: [...local.values()], server: [...server.values()] }
  })

test('descending finds exactly what differs', () => {
  fc.assert(
    fc.property(twoSides, ({ local, server }) => {
      const theirs = new Map(server.map((head) => [head.id, head.contentHash]))
      const ours = new Map(local.map((head) => [head.id, head.contentHash]))
      const { found } = compare(local, server)
      expect(new Set(found.fetch)).toEqual(
        new Set(server.filter(({ id, contentHash }) => ours.get(id) !== contentHash).map(({ id }) => id)),
      )
      expect(new Set(found.suspects)).toEqual(new Set(local.filter(({ id }) => !theirs.has(id)).map(({ id }) => id)))
    }),
    { numRuns: 60 },
  )
})

test('descending is never worse than a list of everything, up to a tenth and 4 kB', () => {
  fc.assert(
    fc.property(twoSides, ({ local, server }) => {
      const { found, bytes, requestCount } = compare(local, server)
      expect(bytes).toBeLessThanOrEqual(1.1 * JSON.stringify(server).length + 4096)
      // Each listed range holds a difference; a round divides a range by 5 or more, and 5^21 > 2^47 buckets.
      const differenceCount = found.fetch.length + found.suspects.length
      expect(requestCount).toBeLessThanOrEqual(24 + differenceCount + Math.ceil(server.length / LIST_PAGE))
    }),
    { numRuns: 60 },
  )
})

test('twenty changes and ten new mails among 10,000 cost far less than the list', () => {
  const local = Array.from({ length: 10_000 }, (_, at) => aHead(at + 1))
  const server = local
    .map((head) => (head.ordinal % 500 === 0 ? aHead(head.ordinal, { contentHash: 'other' }) : head))
    .concat(Array.from({ length: 10 }, (_, at) => aHead(10_001 + at)))
  const { found, bytes } = compare(local, server)
  expect(found.fetch).toHaveLength(30)
  expect(bytes).toBeLessThan(JSON.stringify(server).length / 4)
})
