import type { Sql } from '../sql.ts'
import { quoteLiteral } from './sql-text.ts'
import { columnsOfRow, type TrackedCollection } from './tracked-collection.ts'

/** The leaves of the digest tree as the rows of the team's table have them: account_id, bucket, item_count, payload_bytes, fingerprint. */
export function actualBucketsSql(tracked: TrackedCollection): string {
  const item = columnsOfRow(tracked.definition, 'item')
  return `select ${item.accountId} collate "C" as account_id,
      ${item.ordinal} / ${tracked.definition.ordinalsPerBucket} as bucket, count(*) as item_count,
      sum(${item.payloadBytes})::int8 as payload_bytes,
      bit_xor(${fingerprintSql(tracked, item)}) as fingerprint
    from ${tracked.tableName} as item group by 1, 2`
}

/** The fingerprint of a row whose columns are `item`, as bit(128). */
export function fingerprintSql(
  { scheme, collection }: TrackedCollection,
  item: { readonly itemId: string; readonly contentHash: string },
): string {
  const prefix = `tidegate.track_prefix(${quoteLiteral(scheme.salt)}, ${quoteLiteral(collection)})`
  return `tidegate.track_fingerprint(${prefix}, ${item.itemId}, ${item.contentHash})`
}

/**
 * Works buckets and roots out anew. The caller holds the table against writers. An account whose digest was not what its
 * rows say moves on by one place, and its log begins there: whoever stood before it must compare.
 *
 * @returns the accounts that were wrong, or, at the first time, that have items
 */
export async function fillTree(sql: Sql, tracked: TrackedCollection): Promise<string[]> {
  const id = tracked.trackId
  await sql.query('delete from tidegate.track_bucket where track_id = $1', [id])
  await sql.script(
    `insert into tidegate.track_bucket (track_id, account_id, bucket, item_count, payload_bytes, fingerprint)
     select ${id}, actual.* from (${actualBucketsSql(tracked)}) as actual`,
  )
  const rows = await sql.query<{ accountId: string }>(
    `with actual as (
       select account_id, sum(item_count)::int8 as item_count, sum(payload_bytes)::int8 as payload_bytes,
         bit_xor(fingerprint) as fingerprint
       from tidegate.track_bucket where track_id = $1 group by account_id
     ), wrong as (
       select account_id, coalesce(root.seq, $2::int8) + 1 as seq, coalesce(actual.item_count, 0) as item_count,
         coalesce(actual.payload_bytes, 0) as payload_bytes,
         coalesce(actual.fingerprint, 0::bit(128)) as fingerprint
       from actual full join (select * from tidegate.track_root where track_id = $1) as root using (account_id)
       where (coalesce(actual.item_count, 0), coalesce(actual.payload_bytes, 0), coalesce(actual.fingerprint, 0::bit(128)))
         is distinct from (coalesce(root.item_count, 0), coalesce(root.payload_bytes, 0), coalesce(root.fingerprint, 0::bit(128)))
     )
     insert into tidegate.track_root (track_id, account_id, seq, floor_seq, item_count, payload_bytes, fingerprint)
     select $1, account_id, seq, seq, item_count, payload_bytes, fingerprint from wrong order by account_id
     on conflict (track_id, account_id) do update set
       seq = excluded.seq, floor_seq = excluded.floor_seq, item_count = excluded.item_count,
       payload_bytes = excluded.payload_bytes, fingerprint = excluded.fingerprint
     returning account_id as "accountId"`,
    [id, tracked.startSeq],
  )
  return rows.map((row) => row.accountId).sort()
}
