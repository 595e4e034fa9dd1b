import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPostgres } from '../edge/sql/postgres-database.ts'
import { migrateSchema } from '../ledger/migrate-schema.ts'
import type { SqlDatabase } from '../sql.ts'
import type { DatabaseStart } from './memory-pglite.ts'

/** A PostgreSQL of a test's own, on a unix socket in a temporary folder: no port to find taken. */
export interface PostgresServer extends AsyncDisposable {
  /** `15.18` and the like. */
  readonly version: string
  /** For `openPostgres` and for other programs; database `postgres`. */
  readonly connectionString: string
  /** Opens a new database of its own, empty unless `start` says otherwise. Its `close` drops it. */
  openDatabase(start?: DatabaseStart): Promise<SqlDatabase>
  /** Where its data and its socket are. */
  readonly folder: string
  /** Ends the server and keeps its folder: in good order, or as a crash does. */
  halt(how: 'clean' | 'crash'): Promise<void>
  /** Starts it again after {@link halt}. */
  resume(): Promise<void>
  /** Ends the server by the pid that was started, and removes its folder. */
  stop(): Promise<void>
}

/** The user that runs the server when we are root, which PostgreSQL refuses to be. Debian's package makes it. */
const SERVER_USER = 'postgres'
/** The database that those with the ledger's tables are copied from. */
const LEDGER_TABLES = 'ledger_tables'

/** Where `initdb` and `postgres` are: on PATH, else the newest of Debian's folders; null when there is none. */
export function postgresBinaries(): string | null {
  const onPath = (process.env.PATH ?? '').split(path.delimiter)
  const debian = globSync('/usr/lib/postgresql/*/bin').sort(
    (left, right) => Number(right.split('/')[4]) - Number(left.split('/')[4]),
  )
  const holdsBoth = (folder: string) => ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name)))
  const found = [...onPath, ...debian].find(holdsBoth)
  if (found === undefined) return null
  // A folder on PATH may hold links to these two only; the other programs are beside the real ones.
  const real = path.dirname(realpathSync(path.join(found, 'postgres')))
  return holdsBoth(real) ? real : found
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

/** What a server begins with: nothing, the files of one that is halted, or a standby that follows one that runs. */
export type PostgresOrigin =
  | { readonly kind: 'empty' }
  | { readonly kind: 'files'; readonly of: PostgresServer }
  | { readonly kind: 'standby'; readonly of: PostgresServer }

/**
 * Makes and starts a PostgreSQL.
 *
 * @param settings for `postgres -c`, `synchronous_commit=on` for instance; the defaults are those of a fresh install
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  origin: PostgresOrigin = { kind: 'empty' },
): Promise<PostgresServer> {
  const binaries = postgresBinaries()
  if (binaries === null) throw new Error('Cannot start PostgreSQL: initdb and postgres are required, found neither')
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-postgres-'))
  const data = path.join(folder, 'data')
  const uid = asServerUser(folder)
  const run = (program: string, ...given: readonly string[]) =>
    execFileSync(program, given, { stdio: 'ignore', cwd: folder, ...uid })
  fill(data, origin, (program, ...given) => run(path.join(binaries, program), ...given), run)
  const all = { listen_addresses: '', unix_socket_directories: folder, ...settings }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const start = async () => {
    const process = spawn(path.join(binaries, 'postgres'), ['-D', data, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      ...uid,
    })
    await untilReady(process)
    return process
  }
  let server = await start()

  const connectionString = `postgres:///postgres?host=${encodeURIComponent(folder)}&user=${SERVER_USER}`
  const admin = openPostgres({ connectionString, config: { max: 1 } })
  const [row] = await admin.query<{ server_version: string }>('show server_version')
  let databaseCount = 0
  let ledgerTables: Promise<void> | undefined
  const openNamed = (name: string) =>
    openPostgres({ connectionString: connectionString.replace('/postgres?', `/${name}?`) })
  const makeLedgerTables = async () => {
    await admin.script(`create database ${LEDGER_TABLES}`)
    const database = openNamed(LEDGER_TABLES)
    await migrateSchema(database).finally(() => database.close())
  }

  const stop = async () => {
    await admin.close()
    await ended(server, 'SIGINT')
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    version: row?.server_version.split(' ')[0] ?? 'unknown',
    folder,
    connectionString,
    async openDatabase(start = 'empty') {
      const name = `test_${++databaseCount}`
      ledgerTables ??= start === 'ledger-tables' ? makeLedgerTables() : undefined
      await ledgerTables
      await admin.script(`create database ${name} ${start === 'empty' ? '' : `template ${LEDGER_TABLES}`}`)
      const db = openNamed(name)
      const close = async () => {
        await db.close()
        await admin.script(`drop database if exists ${name} with (force)`)
      }
      return { ...db, close }
    },
    halt: (how) => ended(server, how === 'clean' ? 'SIGINT' : 'SIGQUIT'),
    async resume() {
      server = await start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

type Run = (program: string, ...given: readonly string[]) => void

function fill(data: string, origin: PostgresOrigin, runOwn: Run, run: Run): void {
  if (origin.kind === 'files') {
    run('cp', '-a', path.join(origin.of.folder, 'data'), data)
  } else if (origin.kind === 'standby') {
    runOwn(
      'pg_basebackup',
      ...['--pgdata', data, '--host', origin.of.folder, '--username', SERVER_USER],
      ...['--write-recovery-conf', '--checkpoint', 'fast', '--no-sync'],
    )
  } else {
    // locale C: sorting like the wire does, whatever the machine. trust: the socket's folder is ours alone.
    runOwn(
      'initdb',
      ...['--pgdata', data, '--username', SERVER_USER, '--auth', 'trust'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    )
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
      // The newest of it: clients that ask again and again while it starts are each told so here.
      said = (said + text).slice(-10_000)
      if (/ready to accept (read-only )?connections/.test(said)) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`Cannot start PostgreSQL: it ended with ${code}:\n${said}`)))
  })
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, the data directory is left clean. SIGQUIT leaves it as a crash does. */
function ended(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill(signal)
  })
}
