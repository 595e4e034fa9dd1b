import * as ed25519 from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { AccountId, ClientId, KeyId, Nonce, PROTOCOL_VERSION, signedBytes } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { checkGuardKeys } from './guard-key.ts'
import { openAnswer } from './open-answer.ts'

ed25519.hashes.sha512 = sha512
const { secretKey, publicKey } = ed25519.keygen(new Uint8Array(32).fill(3))
const guardKeys = [{ keyId: 'k1', publicKey: Buffer.from(publicKey).toString('base64url') }]
const address = {
  accountId: AccountId.parse('anna'),
  clientId: ClientId.parse('anna-phone'),
  nonce: Nonce.parse('0123456789abcdef'),
}

/** What is told of an answer that the guard did sign, asked at 1,000 ms and read at `nowMs`. */
function opened(overrides: Record<string, unknown> = {}, nowMs = 1_100) {
  const payload = JSON.stringify({
    protocol: PROTOCOL_VERSION,
    epoch: 'e1',
    serverNowMs: 1_700_000_000_000,
    validForMs: 8_000,
    clientMode: 'enforce',
    stateTag: null,
    signals: [],
    digests: [],
    ...overrides,
  })
  const signature = Buffer.from(ed25519.sign(signedBytes(payload, address), secretKey)).toString('base64url')
  return openAnswer({ keyId: KeyId.parse('k1'), payload, signature }, { guardKeys, address, sentAtMs: 1_000 }, nowMs)
}

test('an answer is valid from when the question was sent, not from when it came (C2)', () => {
  expect(opened()).toMatchObject({ kind: 'valid', untilMs: 9_000 })
  expect(opened({}, 8_999)).toMatchObject({ kind: 'valid', untilMs: 9_000 })
  expect(opened({}, 9_000).kind).toBe('invalid')
})

test.each([
  ['of a version this release does not speak', { protocol: PROTOCOL_VERSION + 1 }],
  ['of a version that is no longer served', { protocol: 0 }],
  ['valid for longer than a lease term', { validForMs: 10_001 }],
  ['valid for no time at all', { validForMs: 0 }],
  ['that says nothing of the mode', { clientMode: undefined }],
])('a signed answer %s is no answer (C6)', (_what, overrides) => {
  expect(opened(overrides).kind).toBe('invalid')
})

test('a signed text that is not JSON is no answer (C6)', () => {
  const payload = 'the tide is in'
  const signature = Buffer.from(ed25519.sign(signedBytes(payload, address), secretKey)).toString('base64url')
  expect(
    openAnswer({ keyId: KeyId.parse('k1'), payload, signature }, { guardKeys, address, sentAtMs: 0 }, 1).kind,
  ).toBe('invalid')
})

test('a key that is not 32 bytes is refused when the client is made', () => {
  expect(() => checkGuardKeys([{ keyId: 'k1', publicKey: 'AAAA' }])).toThrow(TypeError)
})
