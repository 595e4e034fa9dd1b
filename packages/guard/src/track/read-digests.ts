import type { DigestsAnswer, DigestsRequest } from '@tidegate/protocol'
import { rangeDigest } from './range-digest.ts'
import { isAccountsSql, PLACE_SQL, readOne, type SourcePlace } from './read-place.ts'
import { fingerprintSql } from './track-tree.ts'
import { columnsOfRow } from './tracked-collection.ts'

/**
 * Digests of ranges: the root where a range holds every ordinal, else whole buckets as they are kept, and the rows
 * themselves at the two ends that cut a bucket.
 */
export async function readDigests(place: SourcePlace, request: DigestsRequest): Promise<DigestsAnswer> {
  const { tracked } = place
  const item = columnsOfRow(tracked.definition, 'item')
  const size = tracked.definition.ordinalsPerBucket
  const row = await readOne<{ asOf: number; digests: [number, number, string | null][] }>(
    place,
    `with ${PLACE_SQL}, range as (
       select place, from_ordinal, to_ordinal, (from_ordinal + ${size - 1}) / ${size} as from_bucket,
         to_ordinal / ${size} as to_bucket, from_ordinal = 0 and to_ordinal = ${Number.MAX_SAFE_INTEGER} as is_whole
       from unnest($3::int8[], $4::int8[]) with ordinality as asked(from_ordinal, to_ordinal, place)
     )
     select seq as "asOf", (
       select json_agg(json_build_array(coalesce(part.item_count, 0), coalesce(part.payload_bytes, 0), part.fingerprint::text)
         order by range.place)
       from range cross join lateral (
         select sum(item_count) as item_count, sum(payload_bytes) as payload_bytes, bit_xor(fingerprint) as fingerprint
         from (
           select place.item_count, place.payload_bytes, place.fingerprint where is_whole
           union all
           select bucket.item_count, bucket.payload_bytes, bucket.fingerprint from tidegate.track_bucket as bucket
           where not is_whole and bucket.track_id = $1 and bucket.account_id = $2::text
             and bucket.bucket >= from_bucket and bucket.bucket < to_bucket
           union all
           select 1, ${item.payloadBytes}, ${fingerprintSql(tracked, item)} from ${tracked.tableName} as item
           where not is_whole and ${isAccountsSql(place)} and ${item.ordinalKey} >= from_ordinal
             and ${item.ordinalKey} < least(to_ordinal, from_bucket * ${size})
           union all
           select 1, ${item.payloadBytes}, ${fingerprintSql(tracked, item)} from ${tracked.tableName} as item
           where not is_whole and ${isAccountsSql(place)} and ${item.ordinalKey} < to_ordinal
             and ${item.ordinalKey} >= greatest(from_bucket, to_bucket) * ${size}
         ) as held
       ) as part
     ) as digests
     from place`,
    [request.ranges.map((range) => range.fromOrdinal), request.ranges.map((range) => range.toOrdinal)],
  )
  return {
    collection: request.collection,
    asOf: row.asOf,
    scheme: tracked.scheme,
    digests: row.digests.map(([itemCount, payloadBytes, bits]) => rangeDigest({ itemCount, payloadBytes, bits })),
  }
}
