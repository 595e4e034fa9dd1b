import { Denied, type RangeDigest } from '@tidegate/protocol'
import type { Sql, SqlDatabase } from '../sql.ts'
import { rangeDigest } from './range-digest.ts'
import { FOLD_NOW_SQL, inTransaction } from './track.ts'
import { actualBucketsSql, fillTree } from './track-tree.ts'
import { triggerNames } from './track-triggers.ts'
import { type TrackedCollection, trackedCollections } from './tracked-collection.ts'

/** What {@link verifyTrack} found. */
export interface TrackVerification {
  readonly isClean: boolean
  /** Accounts whose kept digests are not what their rows say: at most 100 of them, by account id. */
  readonly mismatches: readonly {
    readonly accountId: string
    readonly kept: RangeDigest
    readonly actual: RangeDigest
  }[]
  readonly mismatchedAccountCount: number
  /** Triggers that are missing or switched off. With one of these, clean digests are luck. */
  readonly inactiveTriggers: readonly string[]
}

const MISMATCH_LIMIT = 100

/**
 * Works every digest out from the team's rows and holds it against what was kept: finds writes that went past the
 * triggers (`session_replication_role = replica`, `DISABLE TRIGGER`). Reads the whole table, in one snapshot.
 *
 * @throws Denied `not-found` when the collection is not tracked
 */
export async function verifyTrack(sql: Sql, collection: string): Promise<TrackVerification> {
  const tracked = await findTracked(sql, collection)
  const wrong = await sql.query<Mismatch>(
    `with compared as (
       select account_id, kept.item_count as kept_count, kept.payload_bytes as kept_bytes, kept.fingerprint as kept_print,
         actual.item_count, actual.payload_bytes, actual.fingerprint
       from (select * from tidegate.track_bucket where track_id = $1 and item_count <> 0) as kept
       full join (${actualBucketsSql(tracked)}) as actual using (account_id, bucket)
     ), by_account as (
       select account_id,
         bool_or((kept_count, kept_bytes, kept_print) is distinct from (item_count, payload_bytes, fingerprint)) as is_wrong,
         sum(item_count)::int8 as item_count, sum(payload_bytes)::int8 as payload_bytes, bit_xor(fingerprint) as fingerprint
       from compared group by account_id
     )
     select account_id as "accountId", root.item_count as "keptCount", root.payload_bytes as "keptBytes",
       root.fingerprint as "keptPrint", actual.item_count as "itemCount", actual.payload_bytes as "payloadBytes",
       actual.fingerprint, count(*) over () as "mismatchCount"
     from by_account as actual full join (select * from tidegate.track_root where track_id = $1) as root using (account_id)
     where coalesce(is_wrong, false)
       or coalesce(actual.item_count, 0) <> coalesce(root.item_count, 0)
       or coalesce(actual.payload_bytes, 0) <> coalesce(root.payload_bytes, 0)
       or coalesce(actual.fingerprint, 0::bit(128)) <> coalesce(root.fingerprint, 0::bit(128))
     order by account_id limit ${MISMATCH_LIMIT}`,
    [tracked.trackId],
  )
  const inactiveTriggers = await findInactiveTriggers(sql, tracked)
  return {
    isClean: wrong.length === 0 && inactiveTriggers.length === 0,
    mismatches: wrong.map((row) => ({
      accountId: row.accountId,
      kept: rangeDigest({ itemCount: row.keptCount, payloadBytes: row.keptBytes, bits: row.keptPrint }),
      actual: rangeDigest({ itemCount: row.itemCount, payloadBytes: row.payloadBytes, bits: row.fingerprint }),
    })),
    mismatchedAccountCount: wrong[0]?.mismatchCount ?? 0,
    inactiveTriggers,
  }
}

/**
 * Makes the kept digests what the rows say, while it holds the table against writers. Triggers are not switched on again:
 * whoever switched them off had a reason. Cursors in an account that was wrong become unknown positions, so its clients
 * compare.
 *
 * @returns the accounts that were wrong
 * @throws Denied `not-found` when the collection is not tracked
 */
export async function rebuildTrack(sql: Sql | SqlDatabase, collection: string): Promise<string[]> {
  return inTransaction(sql, async (sql) => {
    const tracked = await findTracked(sql, collection)
    await sql.script(`lock table ${tracked.tableName} in share row exclusive mode; ${FOLD_NOW_SQL}`)
    return fillTree(sql, tracked)
  })
}

/** @throws Denied `not-found` when the collection is not tracked */
export async function findTracked(sql: Sql, collection: string): Promise<TrackedCollection> {
  const tracked = (await trackedCollections(sql)).find((each) => each.collection === collection)
  if (!tracked) throw new Denied({ kind: 'not-found', what: `collection ${collection}` })
  return tracked
}

interface Mismatch {
  readonly accountId: string
  readonly keptCount: number | null
  readonly keptBytes: number | null
  readonly keptPrint: string | null
  readonly itemCount: number | null
  readonly payloadBytes: number | null
  readonly fingerprint: string | null
  readonly mismatchCount: number
}

async function findInactiveTriggers(sql: Sql, tracked: TrackedCollection): Promise<string[]> {
  const expected = [...Object.values(triggerNames(tracked.trackId)), 'track_fold']
  const active = await sql.query<{ name: string }>(
    `select tgname as name from pg_trigger
     where tgrelid in (to_regclass($1), 'tidegate.track_delta'::regclass) and tgenabled in ('O', 'A')`,
    [tracked.tableName],
  )
  return expected.filter((name) => !active.some((trigger) => trigger.name === name))
}
