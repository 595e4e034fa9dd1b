import { z } from 'zod'
import { CollectionName } from '../ids.ts'
import { Ordinal } from '../quantities.ts'

/** Ordinals from `fromOrdinal` up to, and without, `toOrdinal`. */
export const OrdinalRange = z
  .object({ fromOrdinal: Ordinal, toOrdinal: z.int().min(0) })
  .refine((range) => range.fromOrdinal < range.toOrdinal, 'fromOrdinal must be below toOrdinal')
export type OrdinalRange = z.infer<typeof OrdinalRange>

/** Every ordinal there can be. */
export const ALL_ORDINALS: OrdinalRange = { fromOrdinal: 0, toOrdinal: Number.MAX_SAFE_INTEGER }

/**
 * What clients should stop trusting: everything of the account, or some collections, each whole or within a range of
 * ordinals. Part of a proposal (up) and of a signal (down). A client that holds none of it has nothing to compare: it is
 * done, and reports nothing.
 */
export const Scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('account') }),
  z.object({
    kind: z.literal('collections'),
    collections: z
      .array(z.object({ collection: CollectionName, range: OrdinalRange.optional() }))
      .min(1)
      .max(32),
  }),
])
export type Scope = z.infer<typeof Scope>

/** @returns the ranges of `collection` that `scope` covers, as it names them; none when it covers nothing of it */
export function scopedRanges(scope: Scope, collection: string): readonly OrdinalRange[] {
  if (scope.kind === 'account') return [ALL_ORDINALS]
  const named = scope.collections.filter((entry) => entry.collection === collection)
  return named.map((entry) => entry.range ?? ALL_ORDINALS)
}
