import type { Sql } from '@tidegate/guard/sql'
import { MigrationFailed } from './migration-statements.ts'

/**
 * An embedded database has one user, who may do everything; so what a migration did is looked at before it is committed.
 * Whoever means to get around this can, being that user: the chain of decisions then shows what was changed.
 */

/** @throws MigrationFailed when triggers would not see what comes next: clients would never hear of it */
export async function refuseUnseenWrites(sql: Sql, line: number): Promise<void> {
  const [row] = await sql.query<{ role: string; counts: string }>(
    `SELECT current_setting('session_replication_role') AS role, current_setting('track_counts') AS counts`,
  )
  if (row?.role === 'origin' && row.counts === 'on') return
  throw new MigrationFailed(
    'Cannot run the migration: session_replication_role must stay origin and track_counts on, or its changes could not be seen',
    { kind: 'refused', line },
  )
}

/**
 * @returns rows of each of the ledger's tables that this session wrote and that the statistics do not have yet: those of
 * transactions before are among them, so only a difference says what one transaction did
 */
export async function ledgerWrites(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ name: string; count: number }>(
    `SELECT relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS count FROM pg_stat_xact_user_tables
     WHERE schemaname = 'tidegate_ledger'`,
  )
  return new Map(rows.map(({ name, count }) => [name, count]))
}

/**
 * @param writesBefore of {@link ledgerWrites}, when the transaction began
 * @throws MigrationFailed when this transaction wrote to the guard's ledger, or changed how it is built
 */
export async function refuseTouchedLedger(sql: Sql, writesBefore: ReadonlyMap<string, number>): Promise<void> {
  const after = await ledgerWrites(sql)
  const written = [...after].filter(([name, count]) => count !== (writesBefore.get(name) ?? 0))
  // TRUNCATE, and everything that alters a table, its triggers or functions, leaves a catalogue row of this transaction.
  const rebuilt = await sql.query<{ name: string }>(
    `WITH part AS (
       SELECT oid, relname AS name, xmin FROM pg_class WHERE relnamespace = to_regnamespace('tidegate_ledger')
     ), now AS (SELECT pg_current_xact_id()::xid AS xact_id)
     SELECT name FROM part, now WHERE xmin = xact_id
     UNION SELECT name FROM part JOIN pg_trigger ON tgrelid = part.oid, now WHERE pg_trigger.xmin = xact_id
     UNION SELECT proname FROM pg_proc, now WHERE pronamespace = to_regnamespace('tidegate_ledger') AND xmin = xact_id
     UNION SELECT 'tidegate_ledger' FROM pg_namespace, now WHERE nspname = 'tidegate_ledger' AND xmin = xact_id
     ORDER BY 1`,
  )
  const missing = [...writesBefore.keys()].filter((name) => !after.has(name))
  const names = [...new Set([...missing, ...written.map(([name]) => name), ...rebuilt.map(({ name }) => name)])]
  if (names.length === 0) return
  throw new MigrationFailed(
    `Cannot run the migration: it touches the guard's ledger (${names.join(', ')}), which only the guard may write`,
    { kind: 'refused', line: null },
  )
}
