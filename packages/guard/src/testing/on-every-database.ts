import type * as vitest from 'vitest'
import type { SqlDatabase } from '../sql.ts'
import { type DatabaseStart, openMemoryPglite } from './memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'

/**
 * Runs a contract on PGlite and on a real PostgreSQL: every call of `openDatabase` gives it a database of its own.
 *
 * @param suite as it is told where there is no PostgreSQL
 * @param start what its databases begin with, unless a call says otherwise; copying the ledger's tables takes a tenth of
 *   the time of making them
 */
export function onEveryDatabase(
  { describe, beforeAll, afterAll }: Pick<typeof vitest, 'describe' | 'beforeAll' | 'afterAll'>,
  suite: string,
  start: DatabaseStart,
  contract: (openDatabase: (other?: DatabaseStart) => Promise<SqlDatabase>) => void,
): void {
  describe('PGlite', () => contract((other = start) => openMemoryPglite(other)))

  describe.skipIf(!hasPostgres(`${suite}: PostgreSQL`))('PostgreSQL', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.stop())
    contract((other = start) => server.openDatabase(other))
  })
}
