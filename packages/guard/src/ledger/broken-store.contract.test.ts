import { describe, expect, test } from 'vitest'
import type { Sql, SqlDatabase } from '../sql.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, startPostgres } from '../testing/postgres-server.ts'
import { raceContract } from '../testing/race-contract.ts'

const ONE_CREDIT = 'G1: one cause that proposes from many nodes at once spends one credit'

test('the contract suite fails a store that acknowledges commits and loses one in five', async () => {
  const { failed } = await outcomes(async () => lossy(await openMemoryPglite('ledger-tables')), [ONE_CREDIT])
  expect(failed).toEqual([ONE_CREDIT])
})

describe.skipIf(!hasPostgres('Broken stores: PostgreSQL'))('on a real server', () => {
  test('the contract suite fails a store that ignores row locks', async () => {
    await using server = await startPostgres()
    const { failed } = await outcomes(async () => lockless(await server.openDatabase('ledger-tables')), [ONE_CREDIT])
    expect(failed).toEqual([ONE_CREDIT])
  })

  test('G1: the same store passes the contract suite when it keeps its row locks', async () => {
    await using server = await startPostgres()
    const { failed, passed } = await outcomes(() => server.openDatabase('ledger-tables'), [ONE_CREDIT])
    expect({ failed, passed }).toEqual({ failed: [], passed: [ONE_CREDIT] })
  })
})

function lossy(database: SqlDatabase): SqlDatabase {
  let commitCount = 0
  const lost = Symbol('lost')
  return {
    ...database,
    async transaction(work, options) {
      if (++commitCount % 5 !== 0) return database.transaction(work, options)
      let result: Awaited<ReturnType<typeof work>> | undefined
      const undone = database.transaction(async (sql) => {
        result = await work(sql)
        throw lost
      }, options)
      await undone.catch((error: unknown) => {
        if (error !== lost) throw error
      })
      return result as Awaited<ReturnType<typeof work>> // it was set, or `work` threw
    },
  }
}

function lockless(database: SqlDatabase): SqlDatabase {
  const withoutLocks = (sql: Sql): Sql => ({
    query: (text, parameters) => sql.query(text.replace(' FOR UPDATE', ''), parameters),
    script: (text) => sql.script(text),
  })
  return {
    ...database,
    ...withoutLocks(database),
    transaction: (work, options) => database.transaction((sql) => work(withoutLocks(sql)), options),
  }
}

/** Runs those tests of the suite on a store, without a test runner. */
async function outcomes(openDatabase: () => Promise<SqlDatabase>, names: readonly string[]) {
  const bodies = new Map<string, () => Promise<void>>()
  raceContract({ test: (name, body) => bodies.set(name, body), expect }, openDatabase)
  const failed: string[] = []
  const passed: string[] = []
  for (const name of names) {
    const body = bodies.get(name) ?? expect.fail(`no test is called ${name}`)
    await body().then(
      () => passed.push(name),
      () => failed.push(name),
    )
  }
  return { failed, passed }
}
