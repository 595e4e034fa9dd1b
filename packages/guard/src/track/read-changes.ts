import type { ChangesSinceAnswer, ChangesSinceRequest, ItemId } from '@tidegate/protocol'
import { ID_TYPES } from './id-type.ts'
import { rangeDigest } from './range-digest.ts'
import { type HeadArray, headOf, headSql, isAccountsSql, PLACE_SQL, readOne, type SourcePlace } from './read-place.ts'
import { columnsOfRow } from './tracked-collection.ts'

interface ChangesRow {
  readonly asOf: number
  readonly floorSeq: number
  readonly itemCount: number
  readonly payloadBytes: number
  readonly bits: string
  /** Id and last known ordinal, and the head when the account still has the item. */
  readonly touched: readonly (readonly [ItemId, number, HeadArray | null])[] | null
}

/**
 * A page of the change log: the places after `sinceSeq` up to `limit` of them, each item of theirs once, as it is *now*.
 *
 * A page that is not the last one may therefore hold an item as a later place left it; that place comes with its own page
 * and says the same again. Whoever applies pages until `toSeq` equals `asOf` holds exactly what the digest of that page
 * covers: the page with an item's last change was read after it, and no page after that one names the item.
 */
export async function readChanges(place: SourcePlace, request: ChangesSinceRequest): Promise<ChangesSinceAnswer> {
  const { tracked } = place
  const { collection, sinceSeq, limit } = request
  const item = columnsOfRow(tracked.definition, 'item')
  const row = await readOne<ChangesRow>(
    place,
    `with ${PLACE_SQL}, touched as (
       select distinct on (change.item_id) change.item_id, change.ordinal
       from place, tidegate.track_batch as batch cross join lateral (
         select one.item_id, one.ordinal, page.first_number + one.at - 1 as change_number
         from tidegate.track_change as page
           cross join lateral unnest(page.item_ids, page.ordinals) with ordinality as one (item_id, ordinal, at)
         where page.chunk_id = batch.chunk_id and page.account_id = batch.account_id
           and page.first_number >= (
             select max(first_number) from tidegate.track_change
             where chunk_id = batch.chunk_id and account_id = batch.account_id
               and first_number <= greatest(1, 1 + $3::int8 - (batch.last_seq - batch.change_count)))
           and page.first_number <= $3::int8 + $4::int8 - (batch.last_seq - batch.change_count)
       ) as change
       where batch.track_id = $1 and batch.account_id = $2::text and batch.last_seq > $3::int8
         and batch.last_seq - batch.change_count < $3::int8 + $4::int8
         and change.change_number > $3::int8 - (batch.last_seq - batch.change_count)
         and change.change_number <= $3::int8 + $4::int8 - (batch.last_seq - batch.change_count)
         and $3::int8 between place.floor_seq and place.seq
       order by change.item_id, batch.last_seq desc, change.change_number desc
     )
     select seq as "asOf", floor_seq as "floorSeq", item_count as "itemCount", payload_bytes as "payloadBytes",
       fingerprint::text as bits, (
         select json_agg(json_build_array(touched.item_id, touched.ordinal,
           case when ${item.itemKey} is not null then ${headSql(tracked)} end))
         from touched left join ${tracked.tableName} as item
           on ${item.itemKey} = touched.item_id::${ID_TYPES[tracked.definition.itemIdType].cast} and ${isAccountsSql(place)}
       ) as touched
     from place`,
    [sinceSeq, limit],
  )
  const { asOf, floorSeq } = row
  if (sinceSeq > asOf || sinceSeq < floorSeq) return { kind: 'unknown-position', collection, asOf, oldestSeq: floorSeq }

  const touched = row.touched ?? []
  const toSeq = Math.min(sinceSeq + limit, asOf)
  return {
    kind: 'changes',
    collection,
    fromSeq: sinceSeq,
    toSeq,
    asOf,
    upserts: touched.flatMap(([, , head]) => (head === null ? [] : [headOf(head)])),
    deletes: touched.flatMap(([id, ordinal, head]) => (head === null ? [{ id, ordinal }] : [])),
    digest:
      toSeq < asOf
        ? null
        : { collection, asOf, algorithm: tracked.scheme.algorithm, saltId: tracked.scheme.saltId, ...rangeDigest(row) },
  }
}
