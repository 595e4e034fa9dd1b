import type { Sql, SqlDatabase } from '@tidegate/guard/sql'
import { z } from 'zod'
import { ledgerWrites, refuseTouchedLedger, refuseUnseenWrites } from './migration-limits.ts'
import { lineAt, MigrationFailed, type MigrationStatement, migrationStatements } from './migration-statements.ts'

/** What a migration proposed to clients, counted inside its own transaction. */
export interface MigrationResult {
  readonly statementCount: number
  /** Rows that `tidegate.propose` wrote. */
  readonly outboxRowCount: number
  /** Distinct accounts over them; null when one is for everyone. */
  readonly accountCount: number | null
  readonly causeIds: readonly string[]
}

/** DISCARD ALL, which may not run beside other statements, without what an embedded session has no use for. */
const CLEAN_SESSION = `RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; CLOSE ALL; DEALLOCATE ALL; DISCARD TEMP;
  SELECT pg_advisory_unlock_all()`

/**
 * Runs a migration file in one transaction: all of it, or none. One that touched the guard's ledger, or hid its writes from
 * triggers, is undone. What it set in the session is put back afterwards,
 * because an embedded database has one session for everybody.
 *
 * @throws MigrationFailed with the line; nothing of the migration happened then
 */
export async function runMigration(database: SqlDatabase, file: string): Promise<MigrationResult> {
  const statements = await migrationStatements(file)
  try {
    return await database.transaction(async (sql) => {
      const before = await transactionId(sql)
      const writesBefore = await ledgerWrites(sql)
      for (const statement of statements) {
        await runStatement(sql, statement)
        await refuseUnseenWrites(sql, statement.line)
      }
      await refuseTouchedLedger(sql, writesBefore)
      // The migration's own settings must not decide how its proposals are counted.
      await sql.script('RESET SESSION AUTHORIZATION; RESET ROLE; SET LOCAL search_path TO DEFAULT')
      if ((await transactionId(sql)) !== before)
        throw new Error('Cannot vouch for the migration: its transaction changed')
      return { statementCount: statements.length, ...(await proposedBy(sql)) }
    })
  } catch (error) {
    if (error instanceof MigrationFailed) throw error
    throw failureOf(error, null)
  } finally {
    await database.script(CLEAN_SESSION)
  }
}

async function runStatement(sql: Sql, statement: MigrationStatement): Promise<void> {
  try {
    await sql.script(statement.text)
  } catch (error) {
    throw failureOf(error, statement)
  }
}

async function transactionId(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
  return row?.id ?? ''
}

async function proposedBy(sql: Sql): Promise<Omit<MigrationResult, 'statementCount'>> {
  const [row] = await sql.query<{ rows: number; accounts: number; everyone: boolean; causes: string[] }>(
    `WITH mine AS (SELECT * FROM tidegate.outbox WHERE xact_id = pg_current_xact_id())
     SELECT count(*) AS rows, coalesce(bool_or(account_ids IS NULL), false) AS everyone,
       (SELECT count(DISTINCT account) FROM mine, unnest(account_ids) AS account) AS accounts,
       coalesce(array_agg(DISTINCT proposal->>'causeId') FILTER (WHERE proposal ? 'causeId'), '{}') AS causes
     FROM mine`,
  )
  if (!row) throw new Error('Cannot count what the migration proposed: the outbox gave no row')
  return { outboxRowCount: row.rows, accountCount: row.everyone ? null : row.accounts, causeIds: row.causes }
}

/** What PostgreSQL and PGlite put on their errors; each may be missing. */
const SqlErrorFields = z.object({
  code: z.string().optional().catch(undefined),
  position: z.coerce.number().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  hint: z.string().optional().catch(undefined),
})

function failureOf(error: unknown, statement: MigrationStatement | null): MigrationFailed {
  const { code, position, detail, hint } = SqlErrorFields.catch({}).parse(error)
  const sentences = [error instanceof Error ? error.message : String(error), detail, hint].filter(Boolean)
  return new MigrationFailed(
    `Cannot run the migration: ${sentences.join('. ')}`,
    { kind: 'failed', line: statement && lineOf(statement, position), sqlState: code ?? null },
    { cause: error },
  )
}

/** @param position 1-based, in characters of the statement's text */
function lineOf(statement: MigrationStatement, position: number | undefined): number {
  if (position === undefined) return statement.line
  const before = [...statement.text].slice(0, position - 1).join('')
  return statement.line + lineAt(before.trimStart()) - 1
}
