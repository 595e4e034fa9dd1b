import { createHash } from 'node:crypto'
import { LEDGER_DEFAULTS } from '@tidegate/guard'
import { type CheckLimits, checkFacts } from './core/check-facts.ts'
import { CannotCheck } from './core/check-failure.ts'
import type { CheckResult } from './core/check-result.ts'
import { refuseEscapes, suspicionsIn } from './core/fence.ts'
import { judgeCheck } from './core/judge-check.ts'
import type { Measurement } from './core/measurement.ts'
import { callsPropose, type Statement } from './core/statement.ts'
import type { Suspicion } from './core/suspicion.ts'
import { measureInWorker } from './edge/measure-in-worker.ts'
import { parseStatements } from './edge/parse-statements.ts'

export interface CheckOptions {
  /** The migration file. */
  readonly migrationSql: string
  /** The application's schema before the migration, with rows like the real ones: what is not there cannot be proposed for. */
  readonly schemaSql: string
  /** How long the schema file may take, and anew the migration, in milliseconds; > 0, below 2^31. Starting the database, 2 to 4 s, does not count. Default 60,000. */
  readonly deadlineMs?: number
  /** Accounts that were active in the last 30 days, >= 0; every 10,000 of them raise the credit by one account. Default 0. */
  readonly activeAccountCount?: number
  /**
   * An empty database to start from, as `PGlite.dumpDataDir('none')` of the same version gave it: saves the 2 to 4 s in
   * which one is made.
   */
  readonly emptyDatabase?: Blob
}

/**
 * A minute is enough for 400,000 row-by-row proposals on two busy cores (200,000 took 26 s), or some million updates. A fleet
 * of unknown size has the smallest credit, 20 accounts.
 */
export const CHECK_DEFAULTS = {
  deadlineMs: 60_000,
  activeAccountCount: 0,
} as const satisfies Partial<CheckOptions>

/**
 * Says what a migration would tell clients, by running it for real in a PostgreSQL that lives in memory and in a thread
 * of its own, and ends with the call (K1).
 *
 * @returns what was found; a migration that cannot be run is an answer too, `could-not-run`
 * @throws RangeError when an option is out of range
 */
export async function checkMigration(options: CheckOptions): Promise<CheckResult> {
  const { migrationSql, schemaSql, deadlineMs, activeAccountCount, emptyDatabase } = { ...CHECK_DEFAULTS, ...options }
  if (!(deadlineMs > 0 && deadlineMs < 2 ** 31)) {
    throw new RangeError(`Cannot check: deadlineMs must be above 0 and below 2^31, got ${deadlineMs}`)
  }
  if (!(Number.isSafeInteger(activeAccountCount) && activeAccountCount >= 0)) {
    throw new RangeError(
      `Cannot check: activeAccountCount must be a whole number of at least 0, got ${activeAccountCount}`,
    )
  }
  try {
    const migration = await parseStatements(migrationSql, 'migration')
    refuseEscapes(migration)
    const measurement = await measureInWorker(
      {
        schema: (await parseStatements(schemaSql, 'schema')).map(({ text, place }) => ({ text, place })),
        migration: migration.map((statement) => ({
          text: statement.text,
          place: statement.place,
          mustPropose: callsPropose(statement),
        })),
        ...(emptyDatabase && { emptyDatabase }),
      },
      deadlineMs,
    )
    const suspicions = [...suspicionsIn(migration), ...silenceIn(migration, measurement)]
    const facts = checkFacts(measurement, migration, suspicions, limitsFor(activeAccountCount))
    return judgeCheck(facts, {
      sourceSha256: createHash('sha256').update(migrationSql).digest('hex'),
      statementCount: migration.length,
    })
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error
    return { kind: 'could-not-run', failure: error.failure }
  }
}

/** What the guard grants by default, so that `allow` here means no hold there. */
function limitsFor(activeAccountCount: number): CheckLimits {
  const { creditBaseAccountCount, creditActiveAccountsPerAccount, globalCreditFactor, longestExpiryMs } =
    LEDGER_DEFAULTS
  const creditAccountCount = creditBaseAccountCount + Math.floor(activeAccountCount / creditActiveAccountsPerAccount)
  return {
    activeAccountCount,
    creditAccountCount,
    globalCreditAccountCount: creditAccountCount * globalCreditFactor,
    longestExpiryMs,
  }
}

/** Tables that the migration names, whose triggers would propose if there were a row. */
function silenceIn(migration: readonly Statement[], { silentTables }: Measurement): Suspicion[] {
  return silentTables.flatMap((table) => {
    const statement = migration.find(({ text }) => text.includes(table))
    if (!statement) return []
    const what = `it names ${table}, whose triggers may propose, and in the schema file ${table} has no row`
    return { kind: 'nothing-proposed', what, place: statement.place }
  })
}
