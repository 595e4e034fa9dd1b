import { sha256 } from '@noble/hashes/sha2.js'
import { type DigestScheme, Fingerprint, type RangeDigest } from '../messages/digest.ts'

/** What a fingerprint is made of. The revision is not: a migration may touch every row and change nothing. */
export type Fingerprinted = { readonly id: string; readonly contentHash: string }

/** The fingerprint of nothing, and what an item XORed with itself gives. */
export const EMPTY_FINGERPRINT = Fingerprint.parse('0'.repeat(32))

export const EMPTY_DIGEST: RangeDigest = { itemCount: 0, payloadBytes: 0, fingerprint: EMPTY_FINGERPRINT }

const encoder = new TextEncoder()

/**
 * The first 16 bytes of SHA-256 over salt, collection, id and contentHash, each written as its length in UTF-8 bytes, a
 * colon, and the bytes, so that no two lists of parts spell the same text.
 *
 * Synchronous, because awaiting anything but IndexedDB inside its transaction ends the transaction.
 */
export function itemFingerprint(scheme: DigestScheme, collection: string, item: Fingerprinted): Fingerprint {
  const text = [scheme.salt, collection, item.id, item.contentHash].map(netstring).join('')
  const hash = sha256(encoder.encode(text))
  let hex = ''
  for (let at = 0; at < 16; at++) hex += (hash[at] ?? 0).toString(16).padStart(2, '0')
  return hex as Fingerprint // 16 bytes in lower-case hex, by the loop above
}

/** XOR of two fingerprints: adds an item to a range, and takes it out again. */
export function combineFingerprints(left: Fingerprint, right: Fingerprint): Fingerprint {
  let hex = ''
  for (let at = 0; at < 32; at += 8) {
    const lane = (Number.parseInt(left.slice(at, at + 8), 16) ^ Number.parseInt(right.slice(at, at + 8), 16)) >>> 0
    hex += lane.toString(16).padStart(8, '0')
  }
  return hex as Fingerprint // four lanes of 8 lower-case hex digits
}

/** @returns the digest of two ranges that do not overlap, taken together */
export function addDigests(left: RangeDigest, right: RangeDigest): RangeDigest {
  return {
    itemCount: left.itemCount + right.itemCount,
    payloadBytes: left.payloadBytes + right.payloadBytes,
    fingerprint: combineFingerprints(left.fingerprint, right.fingerprint),
  }
}

/** @returns `whole` without `part`; `part` must be inside it */
export function subtractDigests(whole: RangeDigest, part: RangeDigest): RangeDigest {
  return {
    itemCount: whole.itemCount - part.itemCount,
    payloadBytes: whole.payloadBytes - part.payloadBytes,
    fingerprint: combineFingerprints(whole.fingerprint, part.fingerprint),
  }
}

/** @returns the digest of one item */
export function itemDigest(
  scheme: DigestScheme,
  collection: string,
  item: Fingerprinted & { readonly payloadBytes: number },
): RangeDigest {
  return { itemCount: 1, payloadBytes: item.payloadBytes, fingerprint: itemFingerprint(scheme, collection, item) }
}

/** @returns the digest of some items of one collection; the order does not matter */
export function digestOf(
  scheme: DigestScheme,
  collection: string,
  items: Iterable<Fingerprinted & { readonly payloadBytes: number }>,
): RangeDigest {
  let whole = EMPTY_DIGEST
  for (const item of items) whole = addDigests(whole, itemDigest(scheme, collection, item))
  return whole
}

function netstring(part: string): string {
  return `${isAscii(part) ? part.length : encoder.encode(part).length}:${part}`
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}
