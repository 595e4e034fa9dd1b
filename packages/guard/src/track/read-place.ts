import type { AccountId, ItemHead } from '@tidegate/protocol'
import type { Sql } from '../sql.ts'
import { ID_TYPES } from './id-type.ts'
import { columnsOfRow, type TrackedCollection } from './tracked-collection.ts'

/** One account's collection in a database. */
export interface SourcePlace {
  readonly sql: Sql
  readonly tracked: TrackedCollection
  readonly accountId: AccountId
}

/**
 * The head of every reading statement: `place` is the account's root, one row, also for an account that never was.
 * Parameters $1 and $2 are the track id and the account id.
 */
export const PLACE_SQL = `place as (
  select coalesce(root.seq, track.start_seq) as seq, coalesce(root.floor_seq, track.start_seq) as floor_seq,
    coalesce(root.item_count, 0) as item_count, coalesce(root.payload_bytes, 0) as payload_bytes,
    coalesce(root.fingerprint, 0::bit(128)) as fingerprint
  from tidegate.track as track
  left join tidegate.track_root as root on root.track_id = track.track_id and root.account_id = $2::text
  where track.track_id = $1
)`

/** SQL that is true for the account's rows. An account id that the column cannot hold has no rows. */
export function isAccountsSql({ tracked, accountId }: SourcePlace): string {
  const { accountIdType } = tracked.definition
  const { cast, isPossible } = ID_TYPES[accountIdType]
  return isPossible(accountId) ? `${columnsOfRow(tracked.definition, 'item').accountKey} = $2::text::${cast}` : 'false'
}

/** Runs a reading statement that yields one row. @throws Error when the collection was untracked meanwhile */
export async function readOne<Row extends object>(
  { sql, tracked, accountId }: SourcePlace,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row> {
  const [row] = await sql.query<Row>(text, [tracked.trackId, accountId, ...parameters])
  if (!row) throw new Error(`Cannot read ${tracked.collection}: it is not tracked any more, or was tracked anew`)
  return row
}

/** A head as an array in JSON, which is half the bytes of an object with names. */
export function headSql(tracked: TrackedCollection): string {
  const item = columnsOfRow(tracked.definition, 'item')
  return `json_build_array(${item.itemId}, ${item.ordinal}, ${item.revision}, ${item.contentHash}, ${item.payloadBytes})`
}

export type HeadArray = readonly [ItemHead['id'], number, number, ItemHead['contentHash'], number]

export function headOf([id, ordinal, revision, contentHash, payloadBytes]: HeadArray): ItemHead {
  return { id, ordinal, revision, contentHash, payloadBytes }
}
