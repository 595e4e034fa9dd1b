import type { Sql, SqlDatabase } from '../sql.ts'
import { inTransaction } from './track.ts'
import { findTracked } from './verify-track.ts'

/**
 * Shortens the change log. A client whose cursor lies before what is left gets `unknown-position` and compares; digests
 * and sequence stay as they are. Buckets that hold nothing any more are removed too.
 *
 * @param options.olderThanMs keeps what was committed later than that, on the database's clock; 0 keeps nothing
 * @returns how many changes were removed
 * @throws RangeError when `olderThanMs` is negative or not finite; Denied `not-found` when the collection is not tracked
 */
export async function pruneTrack(
  sql: Sql | SqlDatabase,
  collection: string,
  options: { readonly olderThanMs: number },
): Promise<{ readonly removedChangeCount: number }> {
  const { olderThanMs } = options
  if (!Number.isFinite(olderThanMs) || olderThanMs < 0)
    throw new RangeError(`Cannot prune ${collection}: olderThanMs must be 0 or more, got ${olderThanMs}`)
  // The floors first, in a transaction of their own where that is possible: from then on nobody is sent to what is being
  // removed, and removing it holds no lock that a commit waits for.
  const trackId = await inTransaction(sql, async (sql) => {
    const { trackId } = await findTracked(sql, collection)
    await sql.query(
      `with old as (
         select account_id, max(last_seq) as floor_seq from tidegate.track_batch
         where track_id = $1 and committed_at <= clock_timestamp() - $2::float8 * interval '1 millisecond'
         group by account_id
       ), locked as (
         select root.account_id, old.floor_seq from tidegate.track_root as root join old using (account_id)
         where root.track_id = $1 and root.floor_seq < old.floor_seq order by root.account_id for update of root
       )
       update tidegate.track_root as root set floor_seq = greatest(root.floor_seq, locked.floor_seq)
       from locked where root.track_id = $1 and root.account_id = locked.account_id`,
      [trackId, olderThanMs],
    )
    return trackId
  })
  return inTransaction(sql, async (sql) => {
    const [pruned] = await sql.query<{ removedChangeCount: number }>(
      `with batch as (
         delete from tidegate.track_batch as batch using tidegate.track_root as root
         where batch.track_id = $1 and root.track_id = batch.track_id and root.account_id = batch.account_id
           and batch.last_seq <= root.floor_seq
         returning batch.account_id, batch.chunk_id
       ), change as (
         delete from tidegate.track_change as change using batch
         where change.chunk_id = batch.chunk_id and change.account_id = batch.account_id
         returning cardinality(change.item_ids) as change_count
       )
       select coalesce(sum(change_count), 0)::int8 as "removedChangeCount" from change`,
      [trackId],
    )
    await sql.query('delete from tidegate.track_bucket where track_id = $1 and item_count = 0', [trackId])
    return { removedChangeCount: pruned?.removedChangeCount ?? 0 }
  })
}
