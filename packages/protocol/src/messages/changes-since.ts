import { z } from 'zod'
import { CollectionName, ItemId } from '../ids.ts'
import { ChangeSeq, Ordinal } from '../quantities.ts'
import { CollectionDigest } from './digest.ts'
import { forAccount } from './for-account.ts'
import { ItemHead } from './item.ts'

/** Client to guard: what changed since my cursor. A `CollectionSource` call. */
export const ChangesSinceRequest = z.object({
  ...forAccount,
  collection: CollectionName,
  sinceSeq: ChangeSeq,
  limit: z.int().min(1).max(5000).default(1000),
})
export type ChangesSinceRequest = z.infer<typeof ChangesSinceRequest>

/**
 * `changes`: heads and deletions that bring a client from `fromSeq` to `toSeq`, an item at most once; when `toSeq` is
 * below `asOf` there is more. `unknown-position`: the sequence does not reach back that far, or never was there; the
 * client compares instead.
 */
export const ChangesSinceAnswer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('changes'),
    collection: CollectionName,
    fromSeq: ChangeSeq,
    toSeq: ChangeSeq,
    asOf: ChangeSeq,
    upserts: z.array(ItemHead).max(5000),
    deletes: z.array(z.object({ id: ItemId, ordinal: Ordinal })).max(5000),
    /** With the last page (`toSeq` = `asOf`): the collection's digest, read in the same snapshot. It is what a client proves against (C8). */
    digest: CollectionDigest.nullable(),
  }),
  z.object({
    kind: z.literal('unknown-position'),
    collection: CollectionName,
    asOf: ChangeSeq,
    oldestSeq: ChangeSeq,
  }),
])
export type ChangesSinceAnswer = z.infer<typeof ChangesSinceAnswer>
