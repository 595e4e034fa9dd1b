import type { AccountId } from './ids.ts'
import type { ChangesSinceAnswer, ChangesSinceRequest } from './messages/changes-since.ts'
import type { DigestsAnswer, DigestsRequest } from './messages/digests.ts'
import type { FetchAnswer, FetchRequest } from './messages/fetch.ts'
import type { ListAnswer, ListRequest } from './messages/list.ts'

/**
 * What a backend team implements so that clients can compare and fetch: four reads of an account's collections.
 *
 * The promise: each answer is read in one snapshot, at the place `asOf` of the change sequence of that account and
 * collection; the sequence rises with every committed change to what clients store, in commit order; and a client that
 * applies `changesSince` until `toSeq` equals `asOf` holds exactly what the digest of that last page covers. A page before
 * it may tell an item as it is already later than `toSeq`; going on from `toSeq` misses nothing.
 * An unknown collection throws `Denied` with `not-found`; an unknown account is an empty one.
 */
export interface CollectionSource {
  /** Names this source serves; never empty. */
  readonly collections: readonly string[]
  digests(accountId: AccountId, request: DigestsRequest): Promise<DigestsAnswer>
  list(accountId: AccountId, request: ListRequest): Promise<ListAnswer>
  /** @param pageBytes payload bytes after which further ids come back as `deferred`; the first item always fits */
  fetch(
    accountId: AccountId,
    request: Pick<FetchRequest, 'collection' | 'ids'>,
    pageBytes: number,
  ): Promise<FetchAnswer>
  changesSince(accountId: AccountId, request: ChangesSinceRequest): Promise<ChangesSinceAnswer>
}
