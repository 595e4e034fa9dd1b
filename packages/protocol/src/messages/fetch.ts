import { z } from 'zod'
import { CollectionName, ItemId, LeaseId } from '../ids.ts'
import { ChangeSeq } from '../quantities.ts'
import { forAccount } from './for-account.ts'
import { Item } from './item.ts'

/**
 * Client to guard: payloads, a `CollectionSource` call. With `leaseId` it is a page of a resync or first load, paid from the lease. Without one it
 * is interactive (somebody opens a mail, ordinary sync brings a few): small, see `INTERACTIVE_FETCH_LIMIT`.
 */
export const FetchRequest = z.object({
  ...forAccount,
  collection: CollectionName,
  ids: z.array(ItemId).min(1).max(500),
  leaseId: LeaseId.optional(),
})
export type FetchRequest = z.infer<typeof FetchRequest>

/** Most ids an interactive fetch may name: what a screen shows. More is a resync and takes a lease. */
export const INTERACTIVE_FETCH_LIMIT = 50

/**
 * Items in the order asked. `missing` no longer exist. `deferred` did not fit into the page's byte limit: ask again.
 */
export const FetchAnswer = z.object({
  collection: CollectionName,
  asOf: ChangeSeq,
  items: z.array(Item).max(500),
  missing: z.array(ItemId).max(500),
  deferred: z.array(ItemId).max(500),
})
export type FetchAnswer = z.infer<typeof FetchAnswer>
