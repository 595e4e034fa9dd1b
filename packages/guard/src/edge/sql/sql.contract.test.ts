import { afterAll, beforeAll, describe, test } from 'vitest'
import { sqlContract } from '../../sql-contract.ts'
import { openMemoryPglite } from '../../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'

sqlContract({ describe, test }, 'PGlite', { open: openMemoryPglite })

describe.skipIf(!hasPostgres('Sql contract: PostgreSQL'))('on a real server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  sqlContract({ describe, test }, 'PostgreSQL', { open: () => server.openDatabase() })
})
