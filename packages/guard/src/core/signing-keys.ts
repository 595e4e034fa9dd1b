import type {
  Endorsements,
  KeyEndorsement,
  KeyId,
  KeyRevocation,
  SigningKey,
  SigningKeyState,
} from '@tidegate/protocol'
import { MAX_TOLD_KEYS } from '@tidegate/protocol'

/**
 * How long a former key still counts after its successor began to sign: as old as a backup of the ledger may be that is
 * restored. Clients that take a former key's word no longer would take none of a ledger that knows no other key.
 */
export const KEY_OVERLAP_MS = 7 * 86_400_000

/** A key as the ledger keeps it. */
export interface StoredKey {
  readonly keyId: KeyId
  readonly publicKey: string
  /** Ed25519 private key, PKCS #8 DER; null once it was erased. */
  readonly signingKey: Uint8Array | null
  readonly announcedAtMs: number
  readonly activatesAtMs: number
  /** Null for a first key, and for one whose predecessor was stolen. */
  readonly endorsement: KeyEndorsement | null
  /** Signed while the key was there; told to clients once `isRevoked`. */
  readonly revocation: KeyRevocation | null
  readonly isRevoked: boolean
}

/**
 * The key that signs at `nowMs`: the newest whose time has come and that was not revoked. While there is none a revoked
 * one goes on, so that clients are never without an answer before its successor may be known to every node.
 *
 * @param keys oldest first
 * @throws Error when no key has a private part, which a ledger never comes to
 */
export function activeKey(keys: readonly StoredKey[], nowMs: number): StoredKey & { readonly signingKey: Uint8Array } {
  const able = keys.filter((key) => canSign(key) && key.activatesAtMs <= nowMs)
  const active = able.findLast(({ isRevoked }) => !isRevoked) ?? able.at(-1) ?? keys.find(canSign)
  if (!active || !canSign(active)) throw new Error('Cannot sign: the ledger has no key that could')
  return active
}

/** @returns the key that takes over next, or null when none is announced */
export function announcedKey(keys: readonly StoredKey[], nowMs: number): StoredKey | null {
  return keys.findLast((key) => !key.isRevoked && key.activatesAtMs > nowMs) ?? null
}

export function keyState(key: StoredKey, keys: readonly StoredKey[], nowMs: number): SigningKeyState {
  if (key.isRevoked) return 'revoked'
  if (key.signingKey === null) return 'retired'
  if (key.activatesAtMs > nowMs) return 'announced'
  return key.keyId === activeKey(keys, nowMs).keyId ? 'active' : 'former'
}

/** Keys whose private part nobody needs any longer: the one that came after them has been signing for {@link KEY_OVERLAP_MS}. */
export function retirableKeys(keys: readonly StoredKey[], nowMs: number): readonly StoredKey[] {
  const heirAt = keys.findLastIndex((key) => !key.isRevoked && key.activatesAtMs + KEY_OVERLAP_MS <= nowMs)
  return keys.filter((key, at) => at < heirAt && key.signingKey !== null)
}

/** @returns the oldest key whose word still counts, for clients; undefined when there never was another */
export function oldestKeyId(keys: readonly StoredKey[], nowMs: number): KeyId | undefined {
  if (keys.length < 2) return undefined
  const active = activeKey(keys, nowMs)
  return (keys.find((key) => !key.isRevoked && canSign(key) && key.activatesAtMs <= nowMs) ?? active).keyId
}

/** What clients are told of keys they do not know. Nobody vouches through a key that was stolen. */
export function toldEndorsements(keys: readonly StoredKey[], knownKeyIds: readonly KeyId[]): Endorsements {
  const revoked = new Set(keys.filter(({ isRevoked }) => isRevoked).map(({ keyId }) => keyId))
  const known = new Set(knownKeyIds)
  const told = keys.flatMap(({ endorsement }) => endorsement ?? [])
  return {
    endorsements: told
      .filter(({ keyId, endorsedBy }) => !known.has(keyId) && !revoked.has(keyId) && !revoked.has(endorsedBy))
      .slice(-MAX_TOLD_KEYS),
    revocations: keys.flatMap(({ isRevoked, revocation }) => (isRevoked && revocation) || []).slice(-MAX_TOLD_KEYS),
  }
}

/** @returns the keys as staff sees them; private parts never leave by this door */
export function shownKeys(keys: readonly StoredKey[], nowMs: number): SigningKey[] {
  return keys.slice(-MAX_TOLD_KEYS).map((key) => ({
    keyId: key.keyId,
    publicKey: key.publicKey,
    state: keyState(key, keys, nowMs),
    endorsedBy: key.endorsement?.endorsedBy ?? null,
    announcedAtMs: key.announcedAtMs,
    activatesAtMs: key.activatesAtMs,
  }))
}

function canSign(key: StoredKey): key is StoredKey & { readonly signingKey: Uint8Array } {
  return key.signingKey !== null
}
