import type { FetchAnswer, FetchRequest, Item, ItemId } from '@tidegate/protocol'
import { ID_TYPES } from './id-type.ts'
import { type HeadArray, headOf, headSql, isAccountsSql, PLACE_SQL, readOne, type SourcePlace } from './read-place.ts'
import { columnsOfRow, payloadOfItem } from './tracked-collection.ts'

/**
 * Items with payloads, in the order asked, up to a page. Sizes are summed first, so a payload that does not fit is never
 * read.
 */
export async function readItems(
  place: SourcePlace,
  request: Pick<FetchRequest, 'collection' | 'ids'>,
  pageBytes: number,
): Promise<FetchAnswer> {
  const { tracked } = place
  const { definition, tableName } = tracked
  const item = columnsOfRow(definition, 'item')
  const { cast, isPossible } = ID_TYPES[definition.itemIdType]
  const ids = [...new Set(request.ids)]
  const row = await readOne<{ asOf: number; items: [HeadArray, Item['payload'] | undefined][] | null }>(
    place,
    `with ${PLACE_SQL}, found as (
       select item.ctid as row_id, asked.place,
         sum(${item.payloadBytes}) over (order by asked.place) as sum_bytes,
         row_number() over (order by asked.place) as number
       from unnest($3::text[]) with ordinality as asked(id, place)
       join ${tableName} as item on ${item.itemKey} = asked.id::${cast} and ${isAccountsSql(place)}
     )
     select seq as "asOf", (
       select json_agg(
         case when found.number = 1 or found.sum_bytes <= $4::int8
           then json_build_array(${headSql(tracked)}, ${payloadOfItem(definition)})
           else json_build_array(${headSql(tracked)}) end
         order by found.place)
       from found join ${tableName} as item on item.ctid = found.row_id
     ) as items
     from place`,
    [ids.filter(isPossible), pageBytes],
  )
  const found = row.items ?? []
  const items = found.flatMap(([head, payload]) => (payload === undefined ? [] : [{ ...headOf(head), payload }]))
  const deferred = found.flatMap(([head, payload]) => (payload === undefined ? [headOf(head).id] : []))
  const present = new Set<ItemId>(found.map(([head]) => head[0]))
  return {
    collection: request.collection,
    asOf: row.asOf,
    items,
    missing: ids.filter((id) => !present.has(id)),
    deferred,
  }
}
