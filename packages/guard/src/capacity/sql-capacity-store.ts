import { CapacityAnswer } from '../core/shares/capacity-exchange.ts'
import { DRAIN_MS, MAX_BOOK_GAP_MS, SAFE_TERM_MS, SHARE_TERM_MS } from '../core/shares/share-terms.ts'
import { migrateSchema } from '../ledger/migrate-schema.ts'
import type { SqlDatabase } from '../sql.ts'
import type { CapacityStore, WhenNew } from './capacity-store.ts'
import { EXCHANGE } from './schema/01-exchange.ts'

export interface SqlCapacityOptions {
  /**
   * A PGlite or a PostgreSQL 15 or newer: the ledger's own, or another. The caller closes it. Give it connections of its
   * own, two at most, with a `query_timeout` of a second: those of a store that is frozen come back by nothing else.
   */
  readonly database: SqlDatabase
  /** Default `wait`. Say `begin-at-once` at the first start there ever was, and at no other. */
  readonly whenNew?: WhenNew
  /** Default: the database's own clock. Tests give theirs. */
  readonly storeMs?: () => number
}

const TERMS = JSON.stringify({
  shareTermMs: SHARE_TERM_MS,
  safeTermMs: SAFE_TERM_MS,
  maxBookGapMs: MAX_BOOK_GAP_MS,
  drainMs: DRAIN_MS,
})

/** The tables of a capacity store, as steps that are applied once each and never edited. */
const CAPACITY_SCHEMA = { name: 'tidegate_capacity', what: 'the capacity store', steps: [EXCHANGE] }

/**
 * Opens the capacity store in a database, making or upgrading its schema `tidegate_capacity` first. Any number of nodes may
 * open the same one. An exchange is one statement.
 *
 * @throws Error when the database cannot be written, or was by a newer version
 */
export async function openCapacityStore(options: SqlCapacityOptions): Promise<CapacityStore> {
  const { database, whenNew = 'wait', storeMs } = options
  const givenMs = () => (storeMs ? Math.floor(storeMs()) : null)
  await migrateSchema(database, CAPACITY_SCHEMA)
  if (whenNew === 'begin-at-once') {
    await database.query(
      `INSERT INTO tidegate_capacity.book
       SELECT true, gen_random_uuid()::text, tidegate_capacity.store_name(), 0,
         coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)), 0, 0
       ON CONFLICT DO NOTHING`,
      [givenMs()],
    )
  }
  return {
    async exchange(ask) {
      const [row] = await database.query<{ answer: unknown }>(
        'SELECT tidegate_capacity.exchange($1::text::jsonb, $2::text::jsonb, $3::bigint) AS answer',
        [JSON.stringify(ask), TERMS, givenMs()],
      )
      return CapacityAnswer.parse(row?.answer)
    },
  }
}
