import { PretendClock } from '@tidegate/protocol/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres } from '../edge/sql/postgres-database.ts'
import type { SqlDatabase } from '../sql.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { memoryCapacityStore } from './memory-capacity-store.ts'
import { openCapacityStore } from './sql-capacity-store.ts'
import { anAsk, type CapacityContractOptions, capacityContract } from './testing/capacity-contract.ts'

const runner = { describe, test, expect }

capacityContract(runner, 'memory', {
  async openEmpty({ nowMs }, whenNew) {
    let idCount = 0
    return memoryCapacityStore({ nowMs, newId: () => `id-${++idCount}`, whenNew })
  },
})

/** Suites share a database: making one takes longer than all of their exchanges. */
function onOne(database: () => SqlDatabase): CapacityContractOptions {
  return {
    async openEmpty({ nowMs }, whenNew) {
      await openCapacityStore({ database: database() })
      await wipe(database())
      return openCapacityStore({ database: database(), storeMs: nowMs, whenNew })
    },
  }
}

async function wipe(database: SqlDatabase): Promise<void> {
  await database.script('DELETE FROM tidegate_capacity.slot; DELETE FROM tidegate_capacity.book')
}

describe('on PGlite', () => {
  let database: SqlDatabase
  beforeAll(async () => {
    database = await openMemoryPglite()
  })
  afterAll(() => database.close())
  capacityContract(
    runner,
    'PGlite',
    onOne(() => database),
  )

  test('an exchange is one statement', async () => {
    let statementCount = 0
    const counted: SqlDatabase = {
      ...database,
      query: (text, parameters) => {
        statementCount += 1
        return database.query(text, parameters)
      },
    }
    const store = await openCapacityStore({ database: counted })
    statementCount = 0
    await store.exchange(anAsk())
    expect(statementCount).toBe(1)
  })

  test('a schema of a newer version is not opened', async () => {
    await database.query('INSERT INTO tidegate_capacity.schema_step (version) VALUES (99)')
    await expect(openCapacityStore({ database })).rejects.toThrow(
      'Cannot open the capacity store: its schema is at step 99',
    )
    await database.query('DELETE FROM tidegate_capacity.schema_step WHERE version = 99')
  })
})

describe.skipIf(!hasPostgres('Capacity contract: PostgreSQL'))('on a real server', () => {
  let server: PostgresServer
  let database: SqlDatabase
  beforeAll(async () => {
    server = await startPostgres()
    database = await server.openDatabase()
  })
  afterAll(async () => {
    await database.close()
    await server.stop()
  })
  capacityContract(
    runner,
    'PostgreSQL',
    onOne(() => database),
  )

  test('G4: nodes that ask all at once are given no more than there is', async () => {
    await openCapacityStore({ database })
    await wipe(database)
    const clock = new PretendClock(1_000)
    const open = () => openCapacityStore({ database, whenNew: 'begin-at-once', storeMs: () => clock.nowMs() })
    const stores = await Promise.all(Array.from({ length: 8 }, open))
    const answers = await Promise.all(
      stores.map((store, at) => store.exchange(anAsk({ holder: `node-${at}`, slot: at + 1, slotCount: 8 }))),
    )
    const units = answers.map((answer) =>
      answer.kind === 'granted' ? (answer.resources[0]?.units ?? 0) : expect.fail(),
    )
    expect(units.reduce((sum, each) => sum + each, 0)).toBe(1_000)
  })

  test('G4: a copy of a store is another epoch, and learns from the nodes that knew the first', async () => {
    await database.query('CREATE DATABASE original')
    const original = openPostgres({ connectionString: urlOf('original') })
    const store = await openCapacityStore({ database: original, whenNew: 'begin-at-once' })
    const first = await store.exchange(anAsk())
    if (first.kind !== 'granted') return expect.fail(first.kind)
    await original.close()
    await database.query('CREATE DATABASE copied TEMPLATE original')
    const copy = openPostgres({ connectionString: urlOf('copied') })
    const after = await openCapacityStore({ database: copy })
    const known = { epoch: first.epoch, heardAskNo: 1 }
    const answer = await after.exchange(anAsk({ askNo: 2, known }, { heldUnits: 700, heldSafeUnits: 50 }))
    expect(answer).toMatchObject({ kind: 'granted', isLearning: true, resources: [{ units: 700 }] })
    expect(answer).not.toMatchObject({ epoch: first.epoch })
    expect(await after.exchange(anAsk({ holder: 'two', slot: 2 }))).toMatchObject({ kind: 'past-unknown' })
    await copy.close()
  })

  function urlOf(name: string): string {
    return server.connectionString.replace('/postgres?', `/${name}?`)
  }
})
