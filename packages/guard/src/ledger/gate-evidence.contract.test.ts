import { Actor, cohort, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, aReport, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'

const ADA = Actor.parse('ada')
const BAKED_MS = NOW_MS + 10 * MINUTE_MS

describe('PGlite', () => gateEvidenceContract(openMemoryPglite))

describe.skipIf(!hasPostgres('Gate evidence contract: PostgreSQL'))('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  gateEvidenceContract(() => server.openDatabase())
})

function gateEvidenceContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  /** 2,000 accounts by a plan whose first stage is a tenth of them. */
  async function released(options: { minReportCount?: number; audience?: object } = {}) {
    const { minReportCount = 5, audience = {} } = options
    const { signalId } = await ledger.propose(aProposal({ accountIds: accountNames(2000), audience }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    const record = (await ledger.snapshot(null))?.signals[0]
    const decision = { target: { kind: 'signal', signalId }, plan: aPlan({ minReportCount }), reason: 'go' } as const
    await ledger.approve(decision, ADA, NOW_MS)
    const unnamed = accountNames(2000).filter((accountId) => !record?.namedAccounts.has(accountId))
    return {
      signalId,
      named: [...(record?.namedAccounts ?? [])],
      inside: unnamed.filter((accountId) => cohort(signalId, accountId) < 0.1),
      outside: unnamed.filter((accountId) => cohort(signalId, accountId) >= 0.1),
    }
  }

  async function report(signalId: SignalId, accountIds: readonly string[], overrides: Record<string, unknown> = {}) {
    const reports = accountIds.map((accountId) => aReport(accountId, signalId, overrides))
    return ledger.recordReports(reports, NOW_MS + MINUTE_MS)
  }

  async function outcome() {
    await ledger.tick(BAKED_MS)
    const status = (await ledger.overview(BAKED_MS)).causes[0]?.signals[0]
    return [status?.state, status?.release?.stageIndex, status?.release?.gateOutcome]
  }

  test('G6: reports of accounts that the stage has not let out do not begin the next one', async () => {
    const { signalId, outside } = await released()
    await report(signalId, outside.slice(0, 10))
    expect(await outcome()).toEqual(['paused', 0, 'inconclusive'])
  })

  test('G6: failures of accounts that the stage has not let out do not stop it', async () => {
    const { signalId, inside, outside } = await released()
    await report(signalId, outside.slice(0, 10), { outcome: 'failed' })
    await report(signalId, inside.slice(0, 5))
    expect(await outcome()).toEqual(['released', 1, null])
  })

  test('accounts in force by name count: their clients were let out', async () => {
    const { signalId, named } = await released()
    await report(signalId, named.slice(0, 5))
    expect(await outcome()).toEqual(['released', 1, null])
  })

  test('G6: clients that the filters of the audience leave out do not count', async () => {
    const { signalId, inside } = await released({ audience: { clientClasses: ['bridge'] } })
    await report(signalId, inside.slice(0, 5))
    expect(await outcome()).toEqual(['paused', 0, 'inconclusive'])
  })

  test('G6: one account with eight clients is one account', async () => {
    const { signalId, inside } = await released()
    for (let at = 0; at < 8; at++) {
      const client = { clientId: `invented-${at}`, clientClass: 'web', appVersion: '5.0.1' }
      await report(signalId, inside.slice(0, 1), { client })
    }
    expect(await outcome()).toEqual(['paused', 0, 'inconclusive'])
  })

  test('an account counts by the worst that any of its clients ended with', async () => {
    const { signalId, inside } = await released()
    await report(signalId, inside.slice(0, 5))
    const bridge = { clientId: 'second', clientClass: 'bridge', appVersion: '3.4.0' }
    await report(signalId, inside.slice(0, 1), { client: bridge, outcome: 'stuck' })
    expect(await outcome()).toEqual(['paused', 0, 'stop'])
  })

  test('a client that failed and then got past it counts by its last report', async () => {
    const { signalId, inside } = await released()
    await report(signalId, inside.slice(0, 5), { outcome: 'failed' })
    await report(signalId, inside.slice(0, 5))
    expect(await outcome()).toEqual(['released', 1, null])
  })
}
