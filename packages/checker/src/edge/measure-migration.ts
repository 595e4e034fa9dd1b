import { installOutbox } from '@tidegate/guard'
import { openPglite } from '@tidegate/guard/pglite'
import type { Sql, SqlDatabase } from '@tidegate/guard/sql'
import { z } from 'zod'
import { brokenSeal } from '../core/broken-seal.ts'
import { CannotCheck } from '../core/check-failure.ts'
import type { Measurement } from '../core/measurement.ts'
import type { Suspicion } from '../core/suspicion.ts'
import type { MeasureTask } from './measure-task.ts'
import { type OutboxMark, readNamedAccounts, readOutboxGroups } from './read-outbox-groups.ts'
import { failureOf, runStatement } from './run-statement.ts'
import { type CaptureIds, readCaptureIds, readSeal, readSilentTables, readTableOids } from './seal.ts'
import { readTripwires, TRIPWIRES } from './tripwires.ts'

/**
 * Runs a migration for real, in a PostgreSQL that exists in memory only and ends with this call (K1): the schema, the
 * outbox, then the migration statement by statement in one transaction, which is rolled back.
 *
 * @param onStatement hears which statement is about to run
 * @throws CannotCheck when a statement is refused
 */
export async function measureMigration(
  { schema, migration, emptyDatabase }: MeasureTask,
  onStatement: (file: 'schema' | 'migration', index: number) => void,
): Promise<Measurement> {
  const database = await openPglite('memory://', emptyDatabase && { image: emptyDatabase })
  try {
    for (const [index, statement] of schema.entries()) {
      onStatement('schema', index)
      await runStatement(database, statement, 'schema')
    }
    // What a dump sets in its session (an empty search_path, for one) is not what the migration will find.
    await database.script('COMMIT; RESET SESSION AUTHORIZATION; RESET ALL')
    await installOutbox(database)
    await database.script(TRIPWIRES)
    return await rolledBack(database, (sql) => measureIn(sql, migration, (index) => onStatement('migration', index)))
  } finally {
    await database.close()
  }
}

async function measureIn(
  sql: Sql,
  migration: MeasureTask['migration'],
  onStatement: (index: number) => void,
): Promise<Measurement> {
  const ids = await readCaptureIds(sql)
  const before = await readSeal(sql, ids)
  const silentTables = await readSilentTables(sql, ids)
  const transaction = await probe(sql, ids)
  const marks: OutboxMark[] = []
  const suspicions: Suspicion[] = []
  let written = 0

  const look = async (statementIndex: number) => {
    const seen = await probe(sql, ids)
    const statement = migration[statementIndex]
    if (seen.transactionId !== transaction.transactionId) {
      throw new CannotCheck({
        kind: 'refused',
        file: 'migration',
        message: 'its transaction ended before the migration did',
        place: statement?.place ?? null,
        sqlState: null,
        doInstead: 'Leave COMMIT and ROLLBACK out, also of procedures: the whole file runs in one transaction.',
      })
    }
    if (seen.writtenRowCount === written) return false
    written = seen.writtenRowCount
    const lastRow = await lastOutboxRow(sql)
    if (lastRow !== null) marks.push({ statementIndex, lastRow })
    return true
  }

  for (const [index, statement] of migration.entries()) {
    onStatement(index)
    await runStatement(sql, statement, 'migration')
    const hasProposed = await look(index)
    if (statement.mustPropose && !hasProposed) {
      suspicions.push({
        kind: 'nothing-proposed',
        what: 'it calls tidegate.propose, and on the rows of the schema file that proposed nothing',
        place: statement.place,
      })
    }
  }
  // Deferred triggers fire at the commit that never comes.
  try {
    await sql.script('SET CONSTRAINTS ALL IMMEDIATE')
  } catch (error) {
    throw new CannotCheck(failureOf(error, null, 'migration'), { cause: error })
  }
  await look(migration.length - 1)

  // The migration's own settings must not decide how its proposals are counted.
  await sql.script('RESET SESSION AUTHORIZATION; RESET ROLE; SET LOCAL search_path = pg_catalog')
  const after = await readSeal(sql, ids)
  suspicions.push(...brokenSeal(before, after, await readTableOids(sql)), ...(await touchedTripwires(sql)))
  const isThere = await hasOutbox(sql, ids)
  const groups = isThere ? await readOutboxGroups(sql, marks) : []
  const named = isThere ? await readNamedAccounts(sql, marks) : { named: [], namedAccountCount: 0 }
  return { groups, ...named, suspicions, silentTables }
}

async function touchedTripwires(sql: Sql): Promise<Suspicion[]> {
  const touched = await readTripwires(sql)
  const found: Suspicion[] = []
  if (touched.replica) {
    found.push({ kind: 'triggers', what: 'it writes while session_replication_role is replica', place: null })
  }
  if (touched.outbox) {
    found.push({ kind: 'capture', what: 'it deletes or changes rows of the outbox', place: null })
  }
  return found
}

const Probe = z.object({ transactionId: z.string(), writtenRowCount: z.number() })

/** Cheap, so that it can be asked after each of thousands of statements. */
async function probe(sql: Sql, { outboxOid }: CaptureIds): Promise<z.infer<typeof Probe>> {
  const [row] = await sql.query(
    `SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS "transactionId",
       pg_catalog.pg_stat_get_xact_tuples_inserted($1) AS "writtenRowCount"`,
    [outboxOid],
  )
  return Probe.parse(row)
}

async function lastOutboxRow(sql: Sql): Promise<string | null> {
  const [row] = await sql.query<{ last: string | null }>('SELECT tidegate_check.last_outbox_row() AS last')
  return row?.last ?? null
}

async function hasOutbox(sql: Sql, { outboxOid }: CaptureIds): Promise<boolean> {
  const [row] = await sql.query<{ is_there: boolean }>(
    `SELECT to_regclass('tidegate.outbox')::oid IS NOT DISTINCT FROM $1::oid AS is_there`,
    [outboxOid],
  )
  return row?.is_there === true
}

/** Carries a result out of a transaction that must not commit. */
class RolledBack extends Error {
  override readonly name = 'RolledBack'
}

async function rolledBack<Result>(database: SqlDatabase, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  let result: { readonly value: Result } | undefined
  try {
    await database.transaction(async (sql) => {
      result = { value: await work(sql) }
      throw new RolledBack('Cannot commit a dry run')
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
  if (result === undefined) throw new Error('Cannot measure the migration: its transaction ended early')
  return result.value
}
