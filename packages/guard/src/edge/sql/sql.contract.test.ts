import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlContract } from '../../sql-contract.ts'
import { openMemoryPglite } from '../../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'
import { openPostgres } from './postgres-database.ts'

sqlContract({ describe, test }, 'PGlite', { open: openMemoryPglite })

describe.skipIf(!hasPostgres('Sql contract: PostgreSQL'))('on a real server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  sqlContract({ describe, test }, 'PostgreSQL', { open: () => server.openDatabase() })

  test('what listens is back after the server restarted, says so, and hears again', async () => {
    await using restarted = await startPostgres()
    const database = openPostgres({ connectionString: restarted.connectionString })
    const stop = new AbortController()
    let heardCount = 0
    await database.listen?.('news', () => heardCount++, stop.signal)
    await restarted.halt('crash')
    await restarted.resume()
    await expect.poll(() => heardCount, { timeout: 20_000 }).toBe(1)
    await database.query("SELECT pg_notify('news', '')")
    await expect.poll(() => heardCount).toBe(2)
    stop.abort()
    await database.close()
  })

  test('a server that drops a connection under a transaction fails that transaction, and not the process (M4)', async () => {
    const database = await server.openDatabase()
    const other = await server.openDatabase()
    const transaction = database.transaction(async (sql) => {
      const [session] = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await other.query('SELECT pg_terminate_backend($1)', [session?.pid])
      await sql.query('SELECT pg_sleep(1)')
    })
    // Said by the server, by a socket that was closed before the statement was written, or by a client that has noticed.
    await expect(transaction).rejects.toThrow(/terminat|EPIPE|ECONNRESET|connection error/)
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
    await other.close()
  })
})

test('PGlite: a function that calls itself without end is an error, and the database goes on', async () => {
  const database = await openMemoryPglite()
  try {
    await database.script(
      'CREATE FUNCTION endless(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN endless(n + 1); END $$',
    )
    await expect(database.query('SELECT endless(1)')).rejects.toMatchObject({ code: '54001' })
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    const sum = Array.from({ length: 1_000 }, () => '1').join(' + ')
    expect(await database.query(`SELECT ${sum} AS sum`)).toEqual([{ sum: 1_000 }])
  } finally {
    await database.close()
  }
})
