import { z } from 'zod'
import { KeyId } from '../ids.ts'
import { EpochMs } from '../quantities.ts'

/** 32 bytes of Ed25519, as base64url. */
export const PublicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url')

/** 64 bytes of Ed25519, as base64url. */
export const Signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be 86 characters of base64url')

/**
 * A signing key's word for its successor: whoever trusts `endorsedBy` may trust `keyId` too. This is how an app in the
 * field, with the keys it shipped with, learns of those that came after them. The times are for people; no client acts on them.
 */
export const KeyEndorsement = z.object({
  keyId: KeyId,
  publicKey: PublicKey,
  endorsedBy: KeyId,
  announcedAtMs: EpochMs,
  activatesAtMs: EpochMs,
  /** Ed25519 by `endorsedBy` over `endorsementBytes`. */
  signature: Signature,
})
export type KeyEndorsement = z.infer<typeof KeyEndorsement>

/**
 * A signing key's word against itself: it was stolen. Only the key can say so, and whoever else can is the thief, who
 * gains nothing by it. Clients that trust the key trust neither it nor what they learnt through it any longer.
 */
export const KeyRevocation = z.object({
  keyId: KeyId,
  /** Ed25519 by the key over `revocationBytes`. */
  signature: Signature,
})
export type KeyRevocation = z.infer<typeof KeyRevocation>

const ENDORSED_PREFIX = 'tidegate key endorsement 1'
const REVOKED_PREFIX = 'tidegate key revocation 1'

/**
 * The bytes an endorsement's signature covers, in UTF-8: a prefix that no other message of the protocol shares, then every
 * field, with a line feed between them. None of the fields can hold one.
 */
export function endorsementBytes(endorsement: Omit<KeyEndorsement, 'signature'>): Uint8Array<ArrayBuffer> {
  const { keyId, publicKey, endorsedBy, announcedAtMs, activatesAtMs } = endorsement
  return lines(ENDORSED_PREFIX, endorsedBy, keyId, publicKey, String(announcedAtMs), String(activatesAtMs))
}

/** The bytes a revocation's signature covers: a prefix of its own, and the key's id. */
export function revocationBytes(keyId: KeyId): Uint8Array<ArrayBuffer> {
  return lines(REVOKED_PREFIX, keyId)
}

function lines(...parts: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(parts.join('\n'))
}
