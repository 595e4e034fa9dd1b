import type { ListAnswer, ListRequest } from '@tidegate/protocol'
import { type HeadArray, headOf, headSql, isAccountsSql, PLACE_SQL, readOne, type SourcePlace } from './read-place.ts'
import { columnsOfRow } from './tracked-collection.ts'

/** Heads of a range by rising ordinal, one more than asked to know where to go on. */
export async function readList(place: SourcePlace, request: ListRequest): Promise<ListAnswer> {
  const item = columnsOfRow(place.tracked.definition, 'item')
  const { range, limit } = request
  const row = await readOne<{ asOf: number; heads: HeadArray[] | null }>(
    place,
    `with ${PLACE_SQL}
     select seq as "asOf", (
       select json_agg(head order by ordinal) from (
         select ${headSql(place.tracked)} as head, ${item.ordinalKey} as ordinal from ${place.tracked.tableName} as item
         where ${isAccountsSql(place)} and ${item.ordinalKey} >= $3::int8 and ${item.ordinalKey} < $4::int8
         order by ${item.ordinalKey} limit $5::int8 + 1
       ) as listed
     ) as heads
     from place`,
    [range.fromOrdinal, range.toOrdinal, limit],
  )
  const heads = (row.heads ?? []).map(headOf)
  return {
    collection: request.collection,
    asOf: row.asOf,
    heads: heads.slice(0, limit),
    nextOrdinal: heads[limit]?.ordinal ?? null,
  }
}
