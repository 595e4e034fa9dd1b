import type { AddressInfo } from 'node:net'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPostgres, type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'
import { openPostgres } from './postgres-database.ts'

describe.skipIf(!hasPostgres('Sessions of PostgreSQL'))('sessions of PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  test('what a role sets for everybody ends no long statement, weakens no promise and makes no statement fail (G2)', async () => {
    const admin = openPostgres({ connectionString: server.connectionString })
    await admin.script('CREATE ROLE hostile LOGIN')
    for (const setting of [
      "statement_timeout = '20ms'",
      "lock_timeout = '20ms'",
      // Long enough for a busy machine to get from the login to the session's own settings.
      "idle_in_transaction_session_timeout = '5s'",
      "idle_session_timeout = '5s'",
      "default_transaction_isolation = 'serializable'",
      'synchronous_commit = off',
    ])
      await admin.script(`ALTER ROLE hostile SET ${setting}`)
    const asHostile = server.connectionString.replace('user=postgres', 'user=hostile')
    const database = openPostgres({ connectionString: asHostile })
    const [found] = await database.query(
      `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
         current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('idle_session_timeout') AS session,
         current_setting('transaction_isolation') AS isolation, current_setting('synchronous_commit') AS commit
       FROM pg_sleep(0.05)`,
    )
    expect(found).toEqual({
      ...{ statement: '0', lock: '0', idle: '0', session: '0' },
      ...{ isolation: 'read committed', commit: 'on' },
    })
    const limited = openPostgres({ connectionString: asHostile, config: { statement_timeout: 15 } })
    await expect(limited.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
    for (const each of [database, limited, admin]) await each.close()
  })

  test('a server that falls silent is given up, and who comes next is served over another connection', async () => {
    await using line = await aLine(path.join(server.folder, '.s.PGSQL.5432'))
    const database = openPostgres({
      connectionString: `postgres://postgres@127.0.0.1:${line.port}/postgres`,
      config: { query_timeout: 100, max: 2 },
    })
    const silenced = database.transaction(async (sql) => {
      line.silence()
      await sql.query('SELECT 1 AS one')
    })
    await expect(silenced).rejects.toThrow('Query read timeout')
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    line.silence()
    await expect(database.query('SELECT 1 AS one')).rejects.toThrow('Query read timeout')
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    line.cut()
    await database.close()
  })

  test('a server that says goodbye together with its last answer ends a statement, and not the process (M4)', async () => {
    await using line = await aLine(path.join(server.folder, '.s.PGSQL.5432'))
    const database = openPostgres({
      connectionString: `postgres://postgres@127.0.0.1:${line.port}/postgres`,
      config: { max: 1 },
    })
    await database.query('SELECT 1 AS one')
    line.endWithNextAnswer()
    const answered = database.query('SELECT 1 AS one')
    // Waits for the only connection, and is handed it in the middle of what the server sent.
    const next = database.transaction((sql) => sql.query('SELECT 1 AS one'))
    expect(await answered).toEqual([{ one: 1 }])
    await expect(next).rejects.toThrow(/terminat|EPIPE|ECONNRESET|connection error/)
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    line.cut()
    await database.close()
  })
})

/** What a PostgreSQL that is shut down tells each session: severity, code and message, each with its letter. */
const FATAL = message('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
/** With which every answer ends: the session is idle again. */
const READY = message('Z', 'I')

function message(kind: string, body: string): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, Buffer.from(body, 'latin1')])
}

/** A network in which connections can fall silent, as when the machine at their other end is gone. New ones are heard. */
async function aLine(socketPath: string) {
  const open = new Set<Socket>()
  const silent = new Set<Socket>()
  let isLastAnswer = false
  const server = createServer((near) => {
    const far = connectTo(socketPath)
    open.add(near)
    near.on('data', (bytes) => silent.has(near) || far.write(bytes))
    far.on('data', (bytes) => {
      if (silent.has(near)) return
      const isLast = isLastAnswer && bytes.subarray(-READY.length).equals(READY)
      if (!isLast) return void near.write(bytes)
      isLastAnswer = false
      near.end(Buffer.concat([bytes, FATAL]))
    })
    near.on('close', () => far.destroy()).on('error', () => undefined)
    far.on('close', () => near.destroy()).on('error', () => undefined)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    silence() {
      for (const socket of open) silent.add(socket)
    },
    /** The next answer comes in one piece with the news that the server goes. */
    endWithNextAnswer() {
      isLastAnswer = true
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((closed) => server.close(closed))
    },
  }
}
