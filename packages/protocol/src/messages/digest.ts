import { z } from 'zod'
import { CollectionName } from '../ids.ts'
import { Bytes, ChangeSeq, Count } from '../quantities.ts'

/** The only algorithm so far; see `core/fingerprint.ts`. */
export const DIGEST_ALGORITHM = 'sha256-xor-128'

/** XOR of item fingerprints: 16 bytes as lower-case hex. */
export const Fingerprint = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')
  .brand<'Fingerprint'>()
export type Fingerprint = z.infer<typeof Fingerprint>

/** What a range of ordinals holds: how many items, how many payload bytes, and their combined fingerprint. */
export const RangeDigest = z.object({ itemCount: Count, payloadBytes: Bytes, fingerprint: Fingerprint })
export type RangeDigest = z.infer<typeof RangeDigest>

const schemeText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters or lone surrogates')

/**
 * How fingerprints were made. Digests of unlike schemes are not comparable, which is never the same as different. An
 * `algorithm` that a reader does not know is one it cannot compare with, so it is read like any other.
 */
export const DigestScheme = z.object({ algorithm: schemeText, saltId: schemeText, salt: schemeText })
export type DigestScheme = z.infer<typeof DigestScheme>

/**
 * A collection's digest at one place of its change sequence. Rides in the in-force answer, for the scope of the signals
 * in it, and with the last page of `changesSince`. It names its scheme and does not spell the salt: a client that holds
 * another scheme asks `digests` for the whole of it.
 */
export const CollectionDigest = RangeDigest.extend({
  collection: CollectionName,
  asOf: ChangeSeq,
  algorithm: DigestScheme.shape.algorithm,
  saltId: DigestScheme.shape.saltId,
})
export type CollectionDigest = z.infer<typeof CollectionDigest>

/** What tells two schemes apart. A salt id is never given to another salt. */
export type SchemeName = Pick<DigestScheme, 'algorithm' | 'saltId'>

/** @returns whether fingerprints made by `left` and by `right` may be compared at all */
export function isComparable(left: SchemeName, right: SchemeName): boolean {
  return left.algorithm === right.algorithm && left.saltId === right.saltId
}

/** @returns whether two digests of one scheme say that their ranges hold the same items with the same contents */
export function isEqualDigest(left: RangeDigest, right: RangeDigest): boolean {
  return left.itemCount === right.itemCount && left.fingerprint === right.fingerprint
}
