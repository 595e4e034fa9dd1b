import { z } from 'zod'

/** A count of items, accounts, clients or attempts. */
export const Count = z.int().min(0)

/** A number of bytes; up to 2^53 - 1. */
export const Bytes = z.int().min(0)

/** 400 days. */
export const MAX_DURATION_MS = 34_560_000_000

/** A length of time in milliseconds, at most 400 days: whatever is longer is a mistake or means "for ever". */
export const DurationMs = z.int().min(0).max(MAX_DURATION_MS)

/** Milliseconds since 1970 on the server's clock. For people and logs; clients never act on it. */
export const EpochMs = z.int().min(0)

/** A place in an account's and collection's change sequence. 0 is before the first change. */
export const ChangeSeq = z.int().min(0)
export type ChangeSeq = z.infer<typeof ChangeSeq>

/** An item's place in its collection, given at creation, rising, never reused. One below 2^53 - 1, so that a range can end behind it. */
export const Ordinal = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER - 1)
export type Ordinal = z.infer<typeof Ordinal>

/** A share of a whole, 0..1. */
export const Ratio = z.number().min(0).max(1)

/** A sentence for people, 1..500 Unicode code points. Line feeds are fine; U+0000 and lone surrogates cannot be stored. */
export const Sentence = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^[^\0\p{Cs}]*$/u, 'must not contain U+0000 or lone surrogates')
