import * as ed25519 from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { endorsementBytes, type KeyEndorsement, KeyId, type KeyRevocation, revocationBytes } from '@tidegate/protocol'

ed25519.hashes.sha512 = sha512

/** A guard's signing key, both halves. */
export interface ModelKey {
  readonly keyId: KeyId
  readonly publicKey: string
  readonly secretKey: Uint8Array
}

/** The key `k<number>`, the same one for the same number. */
export function modelKey(number: number): ModelKey {
  const { secretKey, publicKey } = ed25519.keygen(new Uint8Array(32).fill(6 + number))
  return { keyId: KeyId.parse(`k${number}`), publicKey: Buffer.from(publicKey).toString('base64url'), secretKey }
}

export function signedBy({ secretKey }: ModelKey, bytes: Uint8Array): string {
  return Buffer.from(ed25519.sign(bytes, secretKey)).toString('base64url')
}

/** `by` says that `key` may be trusted as it is itself. */
export function endorsementOf(key: ModelKey, by: ModelKey): KeyEndorsement {
  const { keyId, publicKey } = key
  const said = { keyId, publicKey, endorsedBy: by.keyId, announcedAtMs: 1, activatesAtMs: 2 }
  return { ...said, signature: signedBy(by, endorsementBytes(said)) }
}

export function revocationOf(key: ModelKey): KeyRevocation {
  return { keyId: key.keyId, signature: signedBy(key, revocationBytes(key.keyId)) }
}

/** The endorsements of a ledger that rotated from `k<from>` to `k<through>`. */
export function chainOf(from: number, through: number): KeyEndorsement[] {
  return Array.from({ length: through - from }, (_, at) => endorsementOf(modelKey(from + at + 1), modelKey(from + at)))
}
