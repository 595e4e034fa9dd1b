import type { Endorsements, KeyEndorsement } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainOf, endorsementOf, modelKey, revocationOf } from '../testing-model/model-keys.ts'
import { EMPTY_KEY_BOOK, type KeyBook, learn, settle, trustedKeys } from './key-book.ts'

const [k1, k2, k3, k4, thief] = [1, 2, 3, 4, 99].map(modelKey) as [ModelKey, ModelKey, ModelKey, ModelKey, ModelKey]
type ModelKey = ReturnType<typeof modelKey>
const shipped = [k1]

function told(endorsements: readonly KeyEndorsement[], revoked: readonly ModelKey[] = []): Endorsements {
  return { endorsements: [...endorsements], revocations: revoked.map(revocationOf) }
}

function trustedIds(book: KeyBook, embedded: readonly ModelKey[] = shipped): string[] {
  return trustedKeys(embedded, book).map(({ keyId }) => keyId)
}

test('an app that was offline for a year of rotations follows the chain from the key it shipped with', () => {
  const book = learn(shipped, EMPTY_KEY_BOOK, told(chainOf(1, 4)))
  expect(trustedIds(book)).toEqual(['k1', 'k2', 'k3', 'k4'])
  const settled = settle(book, k4.keyId, k4.keyId)
  expect(trustedIds(settled)).toEqual(['k4'])
  expect(settled.oldestKeyId).toBe('k4')
})

const longChain = chainOf(1, 6)

/** What a liar in between may do to a chain. */
const lies: Record<string, fc.Arbitrary<KeyEndorsement[]>> = {
  'with a field that was changed': fc
    .tuple(
      fc.nat(4),
      fc.constantFrom('keyId', 'publicKey', 'endorsedBy', 'announcedAtMs', 'activatesAtMs', 'signature'),
    )
    .map(([at, field]) => longChain.with(at, forged(longChain[at] as KeyEndorsement, field))),
  'cut somewhere': fc.tuple(fc.nat(4), fc.nat(4)).map(([from, count]) => longChain.toSpliced(from, count + 1)),
  'in another order': fc.shuffledSubarray(longChain, { minLength: 5 }),
  'with links twice': fc.array(fc.constantFrom(...longChain), { maxLength: 12 }),
  'with a link of the thief': fc
    .tuple(fc.nat(5), fc.integer({ min: 1, max: 6 }), fc.boolean())
    .map(([at, of, isLast]) =>
      longChain.toSpliced(at, isLast ? 0 : 1, { ...endorsementOf(thief, thief), endorsedBy: modelKey(of).keyId }),
    ),
}

function forged(link: KeyEndorsement, field: string): KeyEndorsement {
  if (field === 'publicKey') return { ...link, publicKey: thief.publicKey }
  if (field === 'keyId') return { ...link, keyId: thief.keyId }
  if (field === 'endorsedBy') return { ...link, endorsedBy: modelKey(1).keyId, keyId: modelKey(50).keyId }
  if (field === 'signature') return { ...link, signature: endorsementOf(thief, k1).signature }
  return { ...link, [field]: 77 }
}

test.each(Object.entries(lies))(
  'a chain %s makes no key trusted but those that a trusted one signed for',
  (_what, chain) => {
    fc.assert(
      fc.property(chain, (links) => {
        const book = learn(shipped, EMPTY_KEY_BOOK, told(links))
        // By the definition: k(n) is trusted when every link from k1 to it is there as it was signed.
        const whole = longChain.findIndex(
          (link) => !links.some((each) => JSON.stringify(each) === JSON.stringify(link)),
        )
        const reached = whole === -1 ? 6 : whole + 1
        expect(trustedIds(book).toSorted()).toEqual(Array.from({ length: reached }, (_, at) => `k${at + 1}`))
        expect(book.learnt.map(({ publicKey }) => publicKey)).not.toContain(thief.publicKey)
      }),
      { numRuns: 60 },
    )
  },
)

test('an endorsement that is told again, after its signer was retired, changes nothing', () => {
  const settled = settle(learn(shipped, EMPTY_KEY_BOOK, told(chainOf(1, 3))), k3.keyId, k3.keyId)
  expect(learn(shipped, settled, told(chainOf(1, 3)))).toEqual(settled)
  expect(trustedIds(settled)).toEqual(['k3'])
})

test('whoever steals a retired key can neither sign answers nor vouch for a key of his own', () => {
  const settled = settle(learn(shipped, EMPTY_KEY_BOOK, told(chainOf(1, 2))), k2.keyId, k2.keyId)
  expect(trustedIds(learn(shipped, settled, told([endorsementOf(thief, k1)])))).toEqual(['k2'])
})

test('only a key that came later says that the time of another is over', () => {
  const book = learn(shipped, EMPTY_KEY_BOOK, told(chainOf(1, 3)))
  expect(trustedIds(settle(book, k1.keyId, k3.keyId))).toEqual(['k1', 'k2', 'k3'])
  expect(trustedIds(settle(book, k2.keyId, k2.keyId))).toEqual(['k2', 'k3'])
  const withThief = learn(shipped, book, told([endorsementOf(thief, k1)]))
  expect(trustedIds(settle(withThief, thief.keyId, k3.keyId))).toContain('k2')
})

test('a stolen key is out with all that is trusted through it alone, for good', () => {
  const book = learn(shipped, EMPTY_KEY_BOOK, told([...chainOf(1, 3), endorsementOf(thief, k2)]))
  expect(trustedIds(book)).toContain('k99')
  const revoked = learn(shipped, book, told(chainOf(1, 3), [k2]))
  expect(trustedIds(revoked)).toEqual(['k1'])
  expect(trustedIds(learn(shipped, revoked, told(chainOf(1, 3))))).toEqual(['k1'])
  // A release of the app that ships the successor is the way out.
  expect(trustedIds(learn([k1, k3], book, told([], [k2])), [k1, k3])).toEqual(['k1', 'k3'])
  expect(trustedIds(learn([k1, k3], book, told(chainOf(3, 4), [k2])), [k1, k3])).toEqual(['k1', 'k3', 'k4'])
})

test('a stolen key that was retired before takes with it what it vouched for', () => {
  const book = settle(
    learn(shipped, EMPTY_KEY_BOOK, told([...chainOf(1, 2), endorsementOf(thief, k1)])),
    k2.keyId,
    k2.keyId,
  )
  expect(trustedIds(learn(shipped, book, told([], [k1])))).toEqual([])
})

test('nobody revokes a key but the key', () => {
  const book = learn(shipped, EMPTY_KEY_BOOK, told(chainOf(1, 2)))
  const lie = { endorsements: [], revocations: [{ ...revocationOf(thief), keyId: k2.keyId }] }
  expect(learn(shipped, book, lie)).toEqual(book)
})

test('a key cannot take the name of one that the app ships with', () => {
  const named = { ...thief, keyId: k2.keyId }
  const book = learn([k1, k2], EMPTY_KEY_BOOK, told([endorsementOf(named, k1)]))
  expect(trustedKeys([k1, k2], book).map(({ publicKey }) => publicKey)).toEqual([k1.publicKey, k2.publicKey])
})
