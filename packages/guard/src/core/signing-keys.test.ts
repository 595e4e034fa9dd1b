import { KeyId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  activeKey,
  KEY_OVERLAP_MS,
  keyState,
  oldestKeyId,
  retirableKeys,
  type StoredKey,
  toldEndorsements,
} from './signing-keys.ts'

function aKey(number: number, overrides: Partial<StoredKey> = {}): StoredKey {
  const keyId = KeyId.parse(`k${number}`)
  const signature = 'A'.repeat(86)
  const said = { publicKey: 'A'.repeat(43), announcedAtMs: number * 100, activatesAtMs: number * 1000 }
  const endorsement = number > 1 ? { keyId, ...said, endorsedBy: KeyId.parse(`k${number - 1}`), signature } : null
  const revocation = { keyId, signature }
  return {
    keyId,
    ...said,
    signingKey: new Uint8Array([number]),
    endorsement,
    revocation,
    isRevoked: false,
    ...overrides,
  }
}

const keys = [aKey(1), aKey(2), aKey(3)]

test('a key signs from its time on, until the next one does', () => {
  expect([1000, 1999, 2000, 2999, 3000].map((nowMs) => activeKey(keys, nowMs).keyId)).toEqual([
    'k1',
    'k1',
    'k2',
    'k2',
    'k3',
  ])
  expect(keys.map((key) => keyState(key, keys, 2000))).toEqual(['former', 'active', 'announced'])
})

test('a former key is retired when its successor has signed for as long as a backup may be old', () => {
  expect(retirableKeys(keys, 2000 + KEY_OVERLAP_MS - 1)).toEqual([])
  expect(retirableKeys(keys, 2000 + KEY_OVERLAP_MS).map(({ keyId }) => keyId)).toEqual(['k1'])
  expect(oldestKeyId(keys, 2000)).toBe('k1')
  expect(oldestKeyId([aKey(1, { signingKey: null }), aKey(2), aKey(3)], 3000)).toBe('k2')
  expect(oldestKeyId([aKey(1)], 1000)).toBeUndefined()
})

test('a stolen key signs until another one may, and vouches for none', () => {
  const stolen = [aKey(1), aKey(2, { isRevoked: true }), aKey(3)]
  expect(activeKey(stolen, 2500).keyId).toBe('k1')
  expect(activeKey([aKey(1, { isRevoked: true }), aKey(2)], 1500).keyId).toBe('k1')
  expect(activeKey([aKey(1, { isRevoked: true }), aKey(2)], 2000).keyId).toBe('k2')
  const { endorsements, revocations } = toldEndorsements(stolen, [])
  expect(endorsements).toEqual([])
  expect(revocations.map(({ keyId }) => keyId)).toEqual(['k2'])
})

test('what a client knows is not told again', () => {
  expect(toldEndorsements(keys, [KeyId.parse('k2')]).endorsements.map(({ keyId }) => keyId)).toEqual(['k3'])
})

test('whatever was announced, revoked and erased: some key signs, it is not retired, and no younger one counts as older', () => {
  const aHistory = fc.array(fc.record({ isRevoked: fc.boolean(), isErased: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(aHistory, fc.nat(8000), (history, nowMs) => {
      const made = history.map(({ isRevoked, isErased }, at) =>
        // The last one is never erased: only what has an heir is.
        aKey(at + 1, { isRevoked, ...(isErased && at < history.length - 1 && { signingKey: null }) }),
      )
      const active = activeKey(made, nowMs)
      expect(active.signingKey).not.toBeNull()
      expect(retirableKeys(made, nowMs)).not.toContain(active)
      const oldest = oldestKeyId(made, nowMs)
      if (oldest) expect(made.findIndex(({ keyId }) => keyId === oldest)).toBeLessThanOrEqual(made.indexOf(active))
    }),
  )
})
