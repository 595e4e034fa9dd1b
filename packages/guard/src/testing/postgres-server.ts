import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPostgres } from '../edge/sql/postgres-database.ts'
import type { SqlDatabase } from '../sql.ts'

/** A PostgreSQL of a test's own, on a unix socket in a temporary folder: no port to find taken. */
export interface PostgresServer extends AsyncDisposable {
  /** `15.18` and the like. */
  readonly version: string
  /** For `openPostgres` and for other programs; database `postgres`. */
  readonly connectionString: string
  /** Opens a new, empty database of its own. Its `close` drops it. */
  openDatabase(): Promise<SqlDatabase>
  /** Ends the server by the pid that was started, and removes its folder. */
  stop(): Promise<void>
}

/** The user that runs the server when we are root, which PostgreSQL refuses to be. Debian's package makes it. */
const SERVER_USER = 'postgres'

/** Where `initdb` and `postgres` are: on PATH, else the newest of Debian's folders; null when there is none. */
export function postgresBinaries(): string | null {
  const onPath = (process.env.PATH ?? '').split(path.delimiter)
  const debian = globSync('/usr/lib/postgresql/*/bin').sort(
    (left, right) => Number(right.split('/')[4]) - Number(left.split('/')[4]),
  )
  const holdsBoth = (folder: string) => ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name)))
  return [...onPath, ...debian].find(holdsBoth) ?? null
}

/**
 * Whether tests on a real PostgreSQL run here. Where the binaries are missing it says so loudly, once per suite, and
 * with `CI=true` it throws: a gate that quietly tests less is no gate.
 *
 * @example describe.skipIf(!hasPostgres('Sql contract: PostgreSQL'))(…)
 */
export function hasPostgres(suite: string): boolean {
  if (postgresBinaries() !== null) return true
  const message = `SKIPPED, no initdb and postgres on PATH or in /usr/lib/postgresql: ${suite}`
  if (process.env.CI === 'true') throw new Error(`CI must not skip. ${message}`)
  console.warn(message)
  return false
}

/**
 * Makes and starts a PostgreSQL.
 *
 * @param settings for `postgres -c`, `synchronous_commit=on` for instance; the defaults are those of a fresh install
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries()
  if (binaries === null) throw new Error('Cannot start PostgreSQL: initdb and postgres are required, found neither')
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-postgres-'))
  const data = path.join(folder, 'data')
  const uid = asServerUser(folder)
  // locale C: sorting like the wire does, whatever the machine. trust: the socket's folder is ours alone.
  execFileSync(
    path.join(binaries, 'initdb'),
    [
      '--pgdata',
      data,
      '--username',
      SERVER_USER,
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
    ],
    { stdio: 'ignore', cwd: folder, ...uid },
  )
  const all = { listen_addresses: '', unix_socket_directories: folder, ...settings }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(path.join(binaries, 'postgres'), ['-D', data, ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
    ...uid,
  })
  await untilReady(server)

  const connectionString = `postgres:///postgres?host=${encodeURIComponent(folder)}&user=${SERVER_USER}`
  const admin = openPostgres({ connectionString, config: { max: 1 } })
  const [row] = await admin.query<{ server_version: string }>('show server_version')
  let databaseCount = 0

  const stop = async () => {
    await admin.close()
    await ended(server)
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    version: row?.server_version.split(' ')[0] ?? 'unknown',
    connectionString,
    async openDatabase() {
      const name = `test_${++databaseCount}`
      await admin.script(`create database ${name}`)
      const db = openPostgres({ connectionString: connectionString.replace('/postgres?', `/${name}?`) })
      const close = async () => {
        await db.close()
        await admin.script(`drop database if exists ${name} with (force)`)
      }
      return { ...db, close }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** As root: gives the folder to the server's user, and says how to become it. */
function asServerUser(folder: string): { uid: number; gid: number } | object {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, SERVER_USER], { encoding: 'utf8' }))
  const [uid, gid] = [id('-u'), id('-g')]
  chownSync(folder, uid, gid)
  return { uid, gid }
}

/** The server says on stderr when it takes connections; whatever else it said is in the error when it does not. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 10_000) said += text
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`Cannot start PostgreSQL: it ended with ${code}:\n${said}`)))
  })
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, the data directory is left clean. */
function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGINT')
  })
}
