/**
 * Names a ledger's store in SQL, for a query on `tidegate_ledger.ledger`: cluster, timeline, database and table. A dump
 * that was restored has another cluster, database or table; a promoted standby and a recovery to a point in time have
 * another timeline. The timeline is that of the write-ahead log: `pg_control_checkpoint` tells a promotion only after the
 * next checkpoint. A copy of a data directory has the same name: only who knew the original can tell (see `EpochWatch`).
 *
 * Any role may ask. On a standby that still follows it is an error: nothing can be decided there.
 */
export const STORE_IDENTITY = `(
  SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), ledger.tableoid)
  FROM pg_control_system()
)`
