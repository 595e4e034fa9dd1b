import { PGlite, type Transaction } from '@electric-sql/pglite'
import type { Isolation, Sql, SqlDatabase } from '../../sql.ts'
import { type DataDirectoryLock, lockDataDirectory } from '../data-directory-lock.ts'
import { exactInteger, INT8_OID } from './exact-integer.ts'
import { retrySerialization } from './serialization-retry.ts'
import { TransactionScope } from './transaction-scope.ts'

export interface PgliteOptions {
  /** A prepared data directory (what `PGlite.dumpDataDir` gave) to start from instead of an empty one; only for a directory that is still empty. */
  readonly image?: Blob
}

/**
 * PGlite's own stack ends long before the 2 MB that PostgreSQL takes for granted, and past its end nothing works any more.
 * With this a function that calls itself without end is an error like others (54001), and a sum of a thousand terms still is
 * none. Measured with PGlite 0.5: from 350 kB on the end is not seen.
 */
const STACK_LIMIT = ['-c', 'max_stack_depth=300kB']

/**
 * A PostgreSQL in this process: PGlite, on a directory on disk or in memory.
 *
 * The directory is locked for this process (see {@link lockDataDirectory}), because PGlite opened twice on one directory
 * silently loses acknowledged rows. PGlite has one backend, so transactions wait for each other; everything committed
 * survives the death of the process, not of the machine's power.
 *
 * @param dataDir a path, created when it is not there, or `memory://`
 * @throws DataDirectoryInUse when another living process holds the directory
 */
export async function openPglite(dataDir: string, options: PgliteOptions = {}): Promise<SqlDatabase> {
  if (dataDir === '')
    throw new TypeError('Cannot open PGlite: dataDir must be a path or memory://, got an empty string')
  const lock = dataDir.startsWith('memory://') ? null : await lockDataDirectory(dataDir)
  try {
    const pglite = await PGlite.create(dataDir, {
      startParams: [...PGlite.defaultStartParams, ...STACK_LIMIT],
      parsers: { [INT8_OID]: exactInteger },
      ...(options.image && { loadDataDir: options.image }),
    })
    return pgliteDatabase(pglite, lock)
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/** A PGlite that is open already, as the `Sql` port has it. */
export function pgliteDatabase(pglite: PGlite, lock: DataDirectoryLock | null = null): SqlDatabase {
  const scope = new TransactionScope()
  const outside = sqlOn(pglite)

  const transactionOnce = <Result>(work: (sql: Sql) => Promise<Result>, isolation: Isolation) =>
    pglite.transaction(async (transaction) => {
      const sql = sqlOn(transaction)
      if (isolation !== 'read committed') await sql.script('set transaction isolation level repeatable read')
      const result = await scope.run(sql, work)
      // COMMIT of a transaction that an error has aborted rolls back and says nothing; a statement in it does say so.
      await sql.query('select')
      return result
    })

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
    async listen(channel, onNotify, signal) {
      if (signal.aborted) return
      const unlisten = await pglite.listen(channel, onNotify)
      const end = () => void unlisten().catch(() => undefined)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    },
    async close() {
      if (!pglite.closed) await pglite.close()
      await lock?.release()
    },
  }
}

function sqlOn(backend: PGlite | Transaction): Sql {
  return {
    async query<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
      return (await backend.query<Row>(text, [...parameters])).rows
    },
    async script(text) {
      await backend.exec(text)
    },
  }
}
