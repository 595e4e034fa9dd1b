import type { Sql, SqlDatabase } from '../sql.ts'
import { parseTrackOptions, TrackError, type TrackOptions } from './track-options.ts'
import { TRACK_SCHEMA_SQL } from './track-schema.ts'
import { fillTree } from './track-tree.ts'
import { dropTriggersSql, trackTriggersSql } from './track-triggers.ts'
import { TrackDefinition, type TrackedCollection, trackedCollections } from './tracked-collection.ts'
import { examineTable } from './tracked-table.ts'

/**
 * Keeps digests, a change sequence and a change log of a team's own table, by triggers in the team's own database, so
 * that `sqlCollectionSource` can answer from it. Rows that are there already are taken in; doing it again changes nothing.
 *
 * Holds the table against writers while it takes rows in: one scan that hashes every row.
 *
 * @param sql a database, or the `Sql` of a transaction, a migration's for instance
 * @throws TrackError when the table does not fit or the collection is tracked otherwise; nothing was installed then
 * @see apps/docs/decisions/0002-fold-changes-at-commit.md
 */
export async function track(sql: Sql | SqlDatabase, options: TrackOptions): Promise<TrackedCollection> {
  const parsed = parseTrackOptions(options)
  return inTransaction(sql, async (sql) => {
    const table = await examineTable(sql, parsed)
    await sql.script(TRACK_SCHEMA_SQL)
    await sql.script(`lock table ${table.name} in share row exclusive mode`)
    const definition: TrackDefinition = {
      accountIdType: table.accountIdType,
      itemIdType: table.itemIdType,
      ordinalsPerBucket: parsed.ordinalsPerBucket,
      columns: parsed.columns,
    }
    const existing = await find(sql, parsed.collection)
    if (existing) return assertSame(existing, table.name, definition)
    await sql.query(
      `insert into tidegate.track (collection, table_name, definition, salt_id, salt, start_seq)
       select $1, $2, $3::jsonb, left(md5(salt_id), 12), replace(salt, '-', ''),
         coalesce((select last_seq from tidegate.track_retired where collection = $1), 0)
       from (select gen_random_uuid()::text as salt_id, gen_random_uuid()::text as salt) as drawn`,
      [parsed.collection, table.name, JSON.stringify(definition)],
    )
    const tracked = await find(sql, parsed.collection)
    if (!tracked) throw new Error(`Cannot track ${parsed.table}: what was just written is not there`)
    await sql.script(trackTriggersSql(tracked))
    await fillTree(sql, tracked)
    return tracked
  })
}

/**
 * Takes tracking off again: triggers, digests, log. The team's rows are not touched. Nothing to do when it is not tracked.
 * Tracked anew, the collection gets another salt, and its sequences go on above where they ended.
 */
export async function untrack(sql: Sql | SqlDatabase, collection: string): Promise<void> {
  await inTransaction(sql, async (sql) => {
    const tracked = await find(sql, collection)
    if (!tracked) return
    const { trackId, tableName } = tracked
    const [table] = await sql.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [tableName])
    if (table?.exists) await sql.script(`lock table ${tableName} in share row exclusive mode`)
    await sql.script(FOLD_NOW_SQL)
    await sql.script(dropTriggersSql(trackId, tableName, table?.exists === true))
    await sql.query(
      `insert into tidegate.track_retired (collection, last_seq)
       select $1, greatest($2::int8, max(seq)) from tidegate.track_root where track_id = $3
       on conflict (collection) do update set last_seq = excluded.last_seq`,
      [collection, tracked.startSeq, trackId],
    )
    await sql.script(`
      delete from tidegate.track_change using tidegate.track_batch as batch
        where batch.track_id = ${trackId} and track_change.chunk_id = batch.chunk_id;
      delete from tidegate.track_batch where track_id = ${trackId};
      delete from tidegate.track_bucket where track_id = ${trackId};
      delete from tidegate.track_root where track_id = ${trackId};
      delete from tidegate.track where track_id = ${trackId};`)
  })
}

/** A transaction of its own on a database; as part of the caller's on the `Sql` of a transaction. */
export async function inTransaction<Result>(
  sql: Sql | SqlDatabase,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  return 'transaction' in sql ? sql.transaction(work) : work(sql)
}

/** Brings what this very transaction has changed into the digests, before they are worked out anew or taken away. */
export const FOLD_NOW_SQL =
  'set constraints tidegate.track_fold immediate; set constraints tidegate.track_fold deferred'

async function find(sql: Sql, collection: string): Promise<TrackedCollection | undefined> {
  return (await trackedCollections(sql)).find((tracked) => tracked.collection === collection)
}

function assertSame(tracked: TrackedCollection, tableName: string, definition: TrackDefinition): TrackedCollection {
  const text = (of: TrackDefinition) => JSON.stringify(TrackDefinition.parse(of))
  if (tracked.tableName === tableName && text(tracked.definition) === text(definition)) return tracked
  throw new TrackError(
    `Cannot track ${tableName} as ${tracked.collection}: that collection is tracked already, on ${tracked.tableName} with other options; untrack it first`,
  )
}
