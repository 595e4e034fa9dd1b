import type { SqlDatabase } from '../sql.ts'
import { SCHEMA_STEPS } from './schema.ts'

/**
 * Brings the schema `tidegate_ledger` up to date, each step in a transaction of its own. Safe to run again, and by nodes
 * that start at once: they take turns under an advisory lock, and each looks anew what is left to do.
 *
 * @throws Error when the database was written by a newer version than this one
 */
export async function migrateSchema(database: SqlDatabase): Promise<void> {
  while (!(await takeOneStep(database))) {}
}

/** @returns whether nothing is left to do */
function takeOneStep(database: SqlDatabase): Promise<boolean> {
  return database.transaction(async (sql) => {
    // Any number that nobody else in this database locks. It also guards CREATE SCHEMA, whose IF NOT EXISTS races.
    await sql.script('SELECT pg_advisory_xact_lock(7233176202)')
    await sql.script(`
      CREATE SCHEMA IF NOT EXISTS tidegate_ledger;
      CREATE TABLE IF NOT EXISTS tidegate_ledger.schema_step (version integer PRIMARY KEY);
    `)
    const [row] = await sql.query<{ version: number | null }>(
      'SELECT max(version) AS version FROM tidegate_ledger.schema_step',
    )
    const version = row?.version ?? 0
    if (version > SCHEMA_STEPS.length) {
      throw new Error(
        `Cannot open the ledger: its schema is at step ${version}, this version knows ${SCHEMA_STEPS.length}`,
      )
    }
    const step = SCHEMA_STEPS[version]
    if (step === undefined) return true
    await sql.script(step)
    await sql.query('INSERT INTO tidegate_ledger.schema_step (version) VALUES ($1)', [version + 1])
    return false
  })
}
