import { Actor, cohort, type Gate, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { ReadStorage } from '../core/storage-reading.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, aReport, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const BAKED_MS = NOW_MS + 10 * MINUTE_MS

onEveryDatabase({ describe, beforeAll, afterAll }, 'Gate evidence contract', 'ledger-tables', gateEvidenceContract)

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
  async function released(
    options: { minReportCount?: number; audience?: object; gate?: Partial<Gate>; onStop?: 'revoke' } = {},
  ) {
    const { minReportCount = 5, audience = {}, gate = {}, onStop } = options
    const { signalId } = await ledger.propose(aProposal({ accountIds: accountNames(2000), audience }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    const record = (await ledger.snapshot(null))?.signals[0]
    const base = aPlan({ minReportCount })
    const stages = base.stages.map((stage) => ({ ...stage, gate: { ...stage.gate, ...gate } }))
    const plan = { ...base, stages, ...(onStop && { onStop }) }
    await ledger.approve({ target: { kind: 'signal', signalId }, plan, reason: 'go' }, ADA, NOW_MS)
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

  async function outcome(readStorage?: ReadStorage) {
    await ledger.tick(() => BAKED_MS, readStorage)
    const status = (await ledger.overview(BAKED_MS)).causes[0]?.signals[0]
    return [status?.state, status?.release?.stageIndex, status?.release?.gateOutcome]
  }

  test('G6: a node that slept between asking a resource and judging its stage does not go by what it was told', async () => {
    const { signalId, inside } = await released({ gate: { maxLatencyMs: 50 } })
    await report(signalId, inside.slice(0, 10))
    let nowMs = BAKED_MS
    await ledger.tick(
      () => nowMs,
      async (resourceId) => {
        nowMs += 2 * MINUTE_MS
        return { kind: 'read', resourceId, latencyMs: 10, errorRatio: 0, readAtMs: BAKED_MS }
      },
    )
    const status = (await ledger.overview(nowMs)).causes[0]?.signals[0]
    expect(status).toMatchObject({ state: 'paused', release: { stageIndex: 0, gateOutcome: 'inconclusive' } })
  })

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

  test('accounts that found nothing to fetch stop a release, and the status says why', async () => {
    const { signalId, inside } = await released({ gate: { maxNothingToFetchRatio: 0.5 } })
    await report(signalId, inside.slice(0, 4), { outcome: 'consistent' })
    await report(signalId, inside.slice(4, 6))
    expect(await outcome()).toEqual(['paused', 0, 'stop'])
    const status = (await ledger.overview(BAKED_MS)).causes[0]?.signals[0]
    expect(status?.release?.gateBecause).toMatch(/^4 of 6 accounts found nothing to fetch/)
  })

  test('people who decline stop a release', async () => {
    const { signalId, inside } = await released({ gate: { maxDeclineRatio: 0.3 } })
    await report(signalId, inside.slice(0, 3), { outcome: 'declined' })
    await report(signalId, inside.slice(3, 8))
    expect(await outcome()).toEqual(['paused', 0, 'stop'])
  })

  test('a plan that says so revokes on a stop, in the same moment and with the reason in the record (G7)', async () => {
    const { signalId, inside } = await released({ onStop: 'revoke' })
    await report(signalId, inside.slice(0, 5), { outcome: 'failed' })
    expect(await outcome()).toEqual(['revoked', 0, 'stop'])
    expect((await ledger.snapshot(null))?.signals).toEqual([])
    const [event] = await database.query(
      "SELECT actor, reason, evidence->'stage'->>'gateOutcome' AS outcome FROM tidegate_ledger.event WHERE kind = 'signal-revoked'",
    )
    expect(event).toMatchObject({
      actor: 'tidegate',
      outcome: 'stop',
      reason: expect.stringContaining('5 of 5 accounts'),
    })
  })

  test('G6: storage that nobody watches, that is slow or whose figures are old does not let a release go on', async () => {
    const health = { latencyMs: 20, errorRatio: 0, readAtMs: BAKED_MS }
    const { signalId, inside } = await released({ gate: { maxLatencyMs: 50 } })
    await report(signalId, inside.slice(0, 5))
    const judgeAgain = () =>
      database.query(
        "UPDATE tidegate_ledger.signal SET state = 'released', gate_outcome = NULL, gate_because = NULL WHERE signal_id = $1",
        [signalId],
      )
    expect(await outcome()).toEqual(['paused', 0, 'inconclusive'])
    await judgeAgain()
    const slowShard: ReadStorage = async (resourceId) => ({
      kind: 'read',
      resourceId,
      ...health,
      latencyMs: resourceId === 'shard-3' ? 80 : 20,
    })
    expect(await outcome(slowShard)).toEqual(['paused', 0, 'stop'])
    await judgeAgain()
    const old: ReadStorage = async (resourceId) => ({ kind: 'read', resourceId, ...health, readAtMs: NOW_MS })
    expect(await outcome(old)).toEqual(['paused', 0, 'inconclusive'])
    await judgeAgain()
    expect(await outcome(async (resourceId) => ({ kind: 'read', resourceId, ...health }))).toEqual([
      'released',
      1,
      null,
    ])
  })
}
