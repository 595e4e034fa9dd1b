import { ALL_ORDINALS, Item } from '@tidegate/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memorySource } from '../memory-source.ts'
import { sourceContract } from '../source-contract.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { digestsOf } from '../testing/source-calls.ts'
import { ACCOUNT, COLLECTION } from '../testing/source-model.ts'
import { trackedMailbox } from '../testing/tracked-mailbox.ts'

sourceContract({ describe, test }, 'memory', {
  open: async () => {
    const source = memorySource({ collections: [COLLECTION], salt: 'pepper' })
    return { source, write: async (accountId, writes) => source.write(accountId, COLLECTION, writes) }
  },
  historyCount: 300,
})

test('memory: an ordinal that the wire has no word for is refused, and the other writes with it', async () => {
  const source = memorySource({ collections: [COLLECTION], salt: 'pepper' })
  const item = (id: string, ordinal: number) => {
    const parsed = Item.parse({ id, ordinal: 1, revision: 1, contentHash: 'h', payloadBytes: 1, payload: null })
    return { kind: 'upsert' as const, item: { ...parsed, ordinal } }
  }
  expect(() => source.write(ACCOUNT, COLLECTION, [item('a', 1), item('b', Number.MAX_SAFE_INTEGER)])).toThrow(
    RangeError,
  )
  expect((await digestsOf(source, [ALL_ORDINALS])).digests[0]?.itemCount).toBe(0)
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
