/**
 * The little that the guard asks of a PostgreSQL: PGlite and `pg` both give it, and `./sql-contract` proves it.
 *
 * Promises: a transaction is all or nothing; what it wrote is durable when `transaction` resolves (PGlite: survives the
 * death of the process); parameters are `$1`, `$2`, …; a `bigint` comes back as a number, and one beyond 2^53 is an error,
 * never a rounded number; `jsonb` goes in as JSON text (`JSON.stringify`) or as an object and comes back parsed; an array
 * goes in as an SQL array and never as JSON; `text[]` comes out as an array of strings. Errors of the database carry
 * their SQLSTATE as `code`.
 */
export interface Sql {
  query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]>
  /** Runs several statements, without parameters; in a transaction of their own unless already in one. */
  script(text: string): Promise<void>
}

export type Isolation = 'read committed' | 'repeatable read'

/**
 * A database one can begin transactions on. Not re-entrant: inside `work` only the `Sql` handed over may be used, and not
 * after it; both mistakes are errors.
 */
export interface SqlDatabase extends Sql {
  /**
   * @param options.isolation default `read committed`. With `repeatable read` the work may be run again after a
   * serialization failure (SQLSTATE 40001), at most three times.
   * @throws whatever `work` throws, after rolling back; an error with `code` 25P02 when `work` swallowed an error of the
   * database, because such a transaction cannot commit
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>, options?: { isolation?: Isolation }): Promise<Result>
  /**
   * Calls `onNotify` soon after each transaction that called `pg_notify` with this channel has committed, whoever began it;
   * several may be one call, and what happened while no connection was to be had is one call when there is one again. A
   * hint and no more: whoever needs to know asks every now and then as well. Databases that cannot tell leave it out.
   *
   * @param channel 1 to 63 bytes
   * @param signal ends it
   * @returns when it listens for the first time, or has been ended before
   */
  listen?(channel: string, onNotify: () => void, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
