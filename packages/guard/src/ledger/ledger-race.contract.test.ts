import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { raceContract } from '../testing/race-contract.ts'

describe('PGlite', () => raceContract({ test, expect }, openMemoryPglite))

describe.skipIf(!hasPostgres('Ledger races: PostgreSQL'))('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  raceContract({ test, expect }, () => server.openDatabase())
})
