import { Pool, type PoolClient, type PoolConfig, types } from 'pg'
import type { Isolation, Sql, SqlDatabase } from '../../sql.ts'
import { exactInteger, INT8_ARRAY_OID, INT8_OID } from './exact-integer.ts'
import { listenOnPostgres } from './postgres-listener.ts'
import { retrySerialization } from './serialization-retry.ts'
import { TransactionScope } from './transaction-scope.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; a unix socket as `postgres:///database?host=/folder`. */
  readonly connectionString?: string
  /** What `pg` takes for a pool; by default ten connections. */
  readonly config?: Omit<PoolConfig, 'types' | 'connectionString'>
  /** Told of a connection that broke while nobody used it; the pool replaces it by itself. By default nobody is told. */
  readonly onIdleError?: (error: Error) => void
}

/** Type id of `text[]`. The declared list of ids leaves arrays out, `pg` does not. */
const TEXT_ARRAY_OID = 1009 as Parameters<typeof types.getTypeParser>[0]

/**
 * A PostgreSQL 15 or later over a pool of connections. Nothing is connected before the first query.
 *
 * @throws TypeError when neither `connectionString` nor `config` is given
 */
export function openPostgres(options: PostgresOptions): SqlDatabase {
  const { connectionString, config, onIdleError } = options
  if (connectionString === undefined && config === undefined)
    throw new TypeError('Cannot open PostgreSQL: connectionString or config is required, got neither')
  const pool = new Pool({
    ...config,
    ...(connectionString !== undefined && { connectionString }),
    types: { getTypeParser },
  })
  // Without a listener, a server that restarts would end this process through an unhandled 'error' event.
  pool.on('error', (error) => onIdleError?.(error))
  const connection = { ...config, ...(connectionString !== undefined && { connectionString }) }
  return {
    ...poolDatabase(pool),
    listen: (channel, onNotify, signal) => listenOnPostgres(connection, channel, onNotify, signal),
  }
}

/** `pg`'s own parsers, but for `bigint`: a number, and an error where it does not fit. */
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === INT8_OID) return exactInteger
  if (format !== 'binary' && oid === INT8_ARRAY_OID) return exactIntegers
  return types.getTypeParser(oid, format)
}

function exactIntegers(text: string): (number | null)[] {
  const parse: (text: string) => (string | null)[] = types.getTypeParser(TEXT_ARRAY_OID)
  return parse(text).map((element) => (element === null ? null : exactInteger(element)))
}

function poolDatabase(pool: Pool): SqlDatabase {
  const scope = new TransactionScope()
  const outside = sqlOn(pool)

  const transactionOnce = async <Result>(work: (sql: Sql) => Promise<Result>, isolation: Isolation) => {
    const client = await pool.connect()
    let broken: Error | undefined
    // The pool listens only while nobody uses a connection. Without a listener here, a server that goes away would end
    // this process through an unhandled 'error' event, beside the error that the statement throws.
    const noteBroken = (error: Error) => {
      broken = error
    }
    client.on('error', noteBroken)
    try {
      await client.query(`begin isolation level ${isolation}`)
      const result = await scope.run(sqlOn(client), work)
      const { command } = await client.query('commit')
      // COMMIT of a transaction that an error has aborted rolls back, and only its tag says so.
      if (command === 'ROLLBACK') throw abortedTransaction()
      return result
    } catch (error) {
      // A connection on which even a rollback fails is in an unknown state: it must not go back to the pool.
      await client.query('rollback').catch((rollbackError: Error) => {
        broken = rollbackError
      })
      throw error
    } finally {
      client.off('error', noteBroken)
      client.release(broken)
    }
  }

  return {
    async query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
      scope.assertOutside()
      return outside.query<Row>(text, parameters)
    },
    async script(text) {
      scope.assertOutside()
      return outside.script(text)
    },
    async transaction(work, { isolation = 'read committed' } = {}) {
      scope.assertOutside()
      return retrySerialization(isolation, () => transactionOnce(work, isolation))
    },
    async close() {
      if (!pool.ended) await pool.end()
    },
  }
}

/** The error that any further statement would have raised, with its SQLSTATE. */
function abortedTransaction(): Error {
  const message = 'Cannot commit: current transaction is aborted, because a statement in it failed'
  return Object.assign(new Error(message), { code: '25P02' })
}

function sqlOn(backend: Pool | PoolClient): Sql {
  return {
    async query<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
      return (await backend.query<Row>(text, [...parameters])).rows
    },
    async script(text) {
      await backend.query(text)
    },
  }
}
