import { Pool, type PoolClient, type PoolConfig, type QueryConfig, types } from 'pg'
import type { Isolation, Sql, SqlDatabase } from '../../sql.ts'
import { exactInteger, INT8_ARRAY_OID, INT8_OID } from './exact-integer.ts'
import { listenOnPostgres } from './postgres-listener.ts'
import { retrySerialization } from './serialization-retry.ts'
import { TransactionScope } from './transaction-scope.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; a unix socket as `postgres:///database?host=/folder`. */
  readonly connectionString?: string | undefined
  /** What `pg` takes for a pool; by default ten connections, and {@link POSTGRES_DEFAULTS}. */
  readonly config?: Omit<PoolConfig, 'types' | 'connectionString' | 'onConnect'>
  /** Told of a connection that broke while nobody used it; the pool replaces it by itself. By default nobody is told. */
  readonly onIdleError?: (error: Error) => void
}

/**
 * A server that fell silent (its machine is gone, a firewall forgot the connection) never says so: a statement that takes a
 * minute is given up with its connection. The longest of the guard's own, of a million accounts, takes three seconds.
 */
export const POSTGRES_DEFAULTS = {
  query_timeout: 60_000,
  connectionTimeoutMillis: 60_000,
  keepAlive: true,
} as const satisfies PoolConfig

/** Scripts are migrations, which rewrite whole tables and wait for each other: they may take their time. */
const SCRIPT_TIMEOUT_MS = 2_147_483_647

/**
 * What a role, a database or a server sets for everybody is not meant for these sessions. Timeouts that suit a web request
 * would end verdicts on large audiences again and again, `serializable` would fail statements that wait for each other as they
 * should, and without `synchronous_commit` what was acknowledged could be lost (G2). What the config says stands.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  default_transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
}

async function settleSession(client: Pick<PoolClient, 'query'>, config: PoolConfig): Promise<void> {
  const given = new Map<string, unknown>(Object.entries(config))
  const settings = Object.entries(SESSION_SETTINGS).filter(([name]) => given.get(name) === undefined)
  await client.query(
    `SELECT set_config(name, setting, false) FROM jsonb_each_text($1::text::jsonb) AS settings(name, setting)
     UNION ALL SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
    [JSON.stringify(Object.fromEntries(settings))],
  )
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
  const connection = { ...POSTGRES_DEFAULTS, ...config, ...(connectionString !== undefined && { connectionString }) }
  const pool = new Pool({
    ...connection,
    types: { getTypeParser },
    onConnect(client) {
      client.on('error', HANDED_OVER)
      return settleSession(client, connection)
    },
  })
  // Without a listener, a server that restarts would end this process through an unhandled 'error' event.
  pool.on('error', (error) => onIdleError?.(error))
  return {
    ...poolDatabase(pool),
    listen: (channel, onNotify, signal) => listenOnPostgres(connection, channel, onNotify, signal),
  }
}

/**
 * In between two who use a connection nobody listens to it: one that the pool hands over in the middle of what a server sends,
 * an answer and the news that it goes, would end this process. Whoever has it by then is told by their next statement.
 */
const HANDED_OVER = () => undefined

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
      if (isSilence(error)) broken = error
      // A connection on which even a rollback fails is in an unknown state: it must not go back to the pool.
      else {
        await client.query('rollback').catch((rollbackError: Error) => {
          broken = rollbackError
        })
      }
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

/** `pg` gave a statement up; the connection would keep whatever comes next waiting too. */
function isSilence(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout'
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
      // One statement without parameters may be many only as text of its own.
      await backend.query({ text, query_timeout: SCRIPT_TIMEOUT_MS } as QueryConfig) // which `pg` reads and its types do not know
    },
  }
}
