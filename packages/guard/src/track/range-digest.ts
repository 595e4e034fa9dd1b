import { EMPTY_FINGERPRINT, Fingerprint, type RangeDigest } from '@tidegate/protocol'

/** A digest as the database tells it: a bit(128) comes as 128 zeros and ones, and of no rows everything is null. */
export interface DigestRow {
  readonly itemCount: number | null
  readonly payloadBytes: number | null
  readonly bits: string | null
}

export function rangeDigest({ itemCount, payloadBytes, bits }: DigestRow): RangeDigest {
  return {
    itemCount: itemCount ?? 0,
    payloadBytes: payloadBytes ?? 0,
    fingerprint:
      bits === null ? EMPTY_FINGERPRINT : Fingerprint.parse(BigInt(`0b${bits}`).toString(16).padStart(32, '0')),
  }
}
