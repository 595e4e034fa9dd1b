import type { SqlDatabase } from '../sql.ts'
import { SCHEMA_STEPS } from './schema.ts'

/** A schema of ours, made in steps. */
export interface SteppedSchema {
  readonly name: string
  /** What it holds, in messages. */
  readonly what: string
  readonly steps: readonly string[]
}

const LEDGER_SCHEMA: SteppedSchema = { name: 'tidegate_ledger', what: 'the ledger', steps: SCHEMA_STEPS }

/**
 * Brings a schema, by default the ledger's, up to date, each step in a transaction of its own. Safe to run again, and by nodes
 * that start at once: they take turns under an advisory lock, and each looks anew what is left to do.
 *
 * @throws Error when the database was written by a newer version than this one
 */
export async function migrateSchema(database: SqlDatabase, schema = LEDGER_SCHEMA): Promise<void> {
  while (!(await takeOneStep(database, schema))) {}
}

/** @returns whether nothing is left to do */
function takeOneStep(database: SqlDatabase, { name, what, steps }: SteppedSchema): Promise<boolean> {
  return database.transaction(async (sql) => {
    // Any number that nobody else in this database locks. It also guards CREATE SCHEMA, whose IF NOT EXISTS races.
    await sql.script('SELECT pg_advisory_xact_lock(7233176202)')
    await sql.script(`
      CREATE SCHEMA IF NOT EXISTS ${name};
      CREATE TABLE IF NOT EXISTS ${name}.schema_step (version integer PRIMARY KEY);
    `)
    const [row] = await sql.query<{ version: number | null }>(`SELECT max(version) AS version FROM ${name}.schema_step`)
    const version = row?.version ?? 0
    if (version > steps.length) {
      throw new Error(`Cannot open ${what}: its schema is at step ${version}, this version knows ${steps.length}`)
    }
    const step = steps[version]
    if (step === undefined) return true
    await sql.script(step)
    await sql.query(`INSERT INTO ${name}.schema_step (version) VALUES ($1)`, [version + 1])
    return false
  })
}
