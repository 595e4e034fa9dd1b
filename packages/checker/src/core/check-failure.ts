import type { SourcePlace } from './source-text.ts'

/**
 * Why a check could not say anything. `sql`: PostgreSQL refused a statement. `refused`: the migration would break out of the
 * one transaction it has to run in, or reaches for files that are not there. `deadline`: it ran too long. `crashed`: the
 * throw-away database died, most often for want of memory.
 */
export interface CheckFailure {
  readonly kind: 'sql' | 'refused' | 'deadline' | 'crashed'
  /** Which of the two files is at fault. */
  readonly file: 'migration' | 'schema'
  readonly message: string
  /** Null when nobody can say. */
  readonly place: SourcePlace | null
  /** PostgreSQL's five characters, as in `42P01`; null when the error is not PostgreSQL's. */
  readonly sqlState: string | null
  readonly doInstead: string | null
}

/** Thrown inside the checker to give up; {@link checkMigration} turns it into an answer. */
export class CannotCheck extends Error {
  override readonly name = 'CannotCheck'
  readonly failure: CheckFailure

  constructor(failure: CheckFailure, options?: ErrorOptions) {
    super(failure.message, options)
    this.failure = failure
  }
}
