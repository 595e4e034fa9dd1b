import { afterAll, beforeAll, describe, test } from 'vitest'
import { memorySource } from '../memory-source.ts'
import { sourceContract } from '../source-contract.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { COLLECTION } from '../testing/source-model.ts'
import { trackedMailbox } from '../testing/tracked-mailbox.ts'

sourceContract({ describe, test }, 'memory', {
  open: async () => {
    const source = memorySource({ collections: [COLLECTION], salt: 'pepper' })
    return { source, write: async (accountId, writes) => source.write(accountId, COLLECTION, writes) }
  },
  historyCount: 300,
})

sourceContract({ describe, test }, 'track on PGlite', { open: async () => trackedMailbox(await openMemoryPglite()) })

describe.skipIf(!hasPostgres('CollectionSource contract: track on PostgreSQL'))('on a real server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  sourceContract({ describe, test }, 'track on PostgreSQL', {
    open: async () => trackedMailbox(await server.openDatabase()),
  })
})
