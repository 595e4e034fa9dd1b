import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { DigestScheme, RangeDigest } from '../messages/digest.ts'
import {
  addDigests,
  combineFingerprints,
  digestOf,
  EMPTY_DIGEST,
  EMPTY_FINGERPRINT,
  itemDigest,
  itemFingerprint,
  subtractDigests,
} from './fingerprint.ts'

const Vectors = z.object({
  digests: z.array(
    z.object({
      what: z.string(),
      scheme: DigestScheme,
      collection: z.string(),
      items: z.array(
        z.object({ id: z.string(), contentHash: z.string(), payloadBytes: z.int(), fingerprint: z.string() }),
      ),
      digest: RangeDigest,
    }),
  ),
})
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../vectors/fingerprints.json', import.meta.url), 'utf8')),
).digests

const scheme = DigestScheme.parse({ algorithm: 'sha256-xor-128', saltId: 's1', salt: 'b7Qm2vXw' })
const aText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const anItem = fc.record({ id: aText, contentHash: aText, payloadBytes: fc.nat(1_000_000) })
const someItems = fc.uniqueArray(anItem, { selector: (item) => item.id, maxLength: 30 })

test.each(vectors)('fingerprints and digests are what an independent implementation gives: $what', (vector) => {
  const fingerprints = vector.items.map((item) => itemFingerprint(vector.scheme, vector.collection, item))
  expect(fingerprints).toEqual(vector.items.map((item) => item.fingerprint))
  expect(digestOf(vector.scheme, vector.collection, vector.items)).toEqual(vector.digest)
})

test('the order of items does not matter', () => {
  fc.assert(
    fc.property(
      someItems.chain((items) =>
        fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length })),
      ),
      ([items, shuffled]) => {
        expect(digestOf(scheme, 'messages', shuffled)).toEqual(digestOf(scheme, 'messages', items))
      },
    ),
  )
})

test('adding and subtracting are inverse: a range taken out leaves the rest, whatever the order', () => {
  fc.assert(
    fc.property(someItems, fc.nat(30), (items, cut) => {
      const part = digestOf(scheme, 'messages', items.slice(0, cut))
      const rest = digestOf(scheme, 'messages', items.slice(cut))
      const whole = digestOf(scheme, 'messages', items)
      expect(addDigests(part, rest)).toEqual(whole)
      expect(addDigests(rest, part)).toEqual(whole)
      expect(subtractDigests(whole, part)).toEqual(rest)
      expect(subtractDigests(whole, whole)).toEqual(EMPTY_DIGEST)
      expect(addDigests(whole, EMPTY_DIGEST)).toEqual(whole)
    }),
  )
})

test('combining fingerprints is the XOR of 128 bits', () => {
  const aFingerprint = fc
    .tuple(aText, aText)
    .map(([id, contentHash]) => itemFingerprint(scheme, 'c', { id, contentHash }))
  fc.assert(
    fc.property(aFingerprint, aFingerprint, (left, right) => {
      const expected = (BigInt(`0x${left}`) ^ BigInt(`0x${right}`)).toString(16).padStart(32, '0')
      expect(combineFingerprints(left, right)).toBe(expected)
      expect(combineFingerprints(left, left)).toBe(EMPTY_FINGERPRINT)
    }),
  )
})

test('no two lists of parts spell the same text: moving a character across a border changes the fingerprint', () => {
  // Digits and colons are what the lengths are written with, so they are the ones that could be mistaken for them.
  const aTrickyText = fc.string({ unit: fc.constantFrom('1', '2', ':', 'a', 'é', '🌊'), minLength: 1, maxLength: 6 })
  const parts = fc.tuple(aTrickyText, aTrickyText, aTrickyText, aTrickyText)
  const fingerprintOf = ([salt, collection, id, contentHash]: [string, string, string, string]) =>
    itemFingerprint({ ...scheme, salt }, collection, { id, contentHash })
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const isSame = left.every((part, at) => part === right[at])
      expect(fingerprintOf(left) === fingerprintOf(right)).toBe(isSame)
    }),
  )
  fc.assert(
    fc.property(aTrickyText, aTrickyText, aTrickyText, (before, moved, behind) => {
      const left = itemFingerprint(scheme, 'c', { id: before + moved, contentHash: behind })
      const right = itemFingerprint(scheme, 'c', { id: before, contentHash: moved + behind })
      expect(left).not.toBe(right)
    }),
  )
})

test('a revision that moved, or another size, changes no fingerprint: only id and content do', () => {
  fc.assert(
    fc.property(anItem, fc.nat(), (item, revision) => {
      const touched = { ...item, revision, payloadBytes: item.payloadBytes + 1 }
      expect(itemFingerprint(scheme, 'messages', touched)).toBe(itemFingerprint(scheme, 'messages', item))
      expect(itemDigest(scheme, 'messages', touched).payloadBytes).toBe(item.payloadBytes + 1)
    }),
  )
})
