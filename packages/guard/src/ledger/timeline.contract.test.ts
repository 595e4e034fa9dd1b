import { Actor, type CauseId, ResyncOutcome, type SignalId, Timeline } from '@tidegate/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SqlDatabase } from '../sql.ts'
import {
  aCause,
  accountNames,
  aLedger,
  aPlan,
  aProposal,
  aReport,
  DAY_MS,
  MINUTE_MS,
  NOW_MS,
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const OLGA = Actor.parse('olga')

onEveryDatabase({ describe, beforeAll, afterAll }, 'Timeline', 'ledger-tables', timelineContract)

function timelineContract(openDatabase: () => Promise<SqlDatabase>) {
  test('J12: a timeline says who emitted, what was held, who let it out, what clients did and what it cost', async () => {
    const database = await openDatabase()
    const ledger = await aLedger(database)
    const { causeId } = aCause()
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const { signalId } = await ledger.propose(aProposal({ accountIds: accountNames(60) }), ADA, NOW_MS + 1000)
    await ledger.judge(NOW_MS + 2000)
    const reportsAt = (minute: number, reports: ReturnType<typeof aReport>[]) =>
      ledger.recordReports(reports, NOW_MS + minute * MINUTE_MS + 500)
    const of = (account: number, outcome: string, fetchedBytes = 0) =>
      aReport(`a${String(account).padStart(5, '0')}`, signalId, { outcome, fetchedBytes })
    await reportsAt(1, [of(0, 'consistent'), of(1, 'begun'), of(1, 'begun')])
    await reportsAt(2, [of(1, 'resynced', 700), of(2, 'begun'), of(2, 'stopped', 30)])
    await ledger.approve(
      { target: { kind: 'cause', causeId }, plan: aPlan({ shares: [0.5, 1] }), reason: 'canaries were fine' },
      OLGA,
      NOW_MS + 3 * MINUTE_MS,
    )
    const seen = accountNames(3)
    const canaries = (await ledger.snapshot(null))?.signals[0]?.namedAccounts ?? []
    const canary = [...canaries].find((accountId) => !seen.includes(accountId)) ?? expect.fail()
    await reportsAt(4, [of(2, 'stopped', 20), aReport(canary, signalId, { outcome: 'consistent', fetchedBytes: 0 })])
    await ledger.setModes({ clientMode: 'observe', reason: 'slow storage' }, OLGA, NOW_MS + 5 * MINUTE_MS)
    await ledger.tick(() => NOW_MS + 14 * MINUTE_MS)
    await ledger.revoke({ target: { kind: 'cause', causeId }, reason: 'spurious' }, OLGA, NOW_MS + 15 * MINUTE_MS)

    const timeline = await ledger.timeline(causeId, NOW_MS + 16 * MINUTE_MS)
    expect(Timeline.parse(timeline)).toEqual(timeline)
    expect(timeline).toMatchObject({
      cause: { causeId, owner: 'ada', isRegistered: true },
      stepMs: MINUTE_MS,
      prunedBeforeMs: null,
      totals: {
        signalCount: 1,
        accountCount: 60,
        neverBegunAccountCount: 58,
        clients: { seen: 4, outcomes: { begun: 2, consistent: 2, resynced: 1, stopped: 1 }, fetchedBytes: 750 },
      },
    })
    const figures = { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 }
    const at = (minute: number) => NOW_MS + minute * MINUTE_MS
    expect(timeline.rows).toMatchObject([
      { kind: 'registered', by: 'ada', creditAccountCount: 20 },
      {
        kind: 'emitted',
        by: 'ada',
        signalCount: 1,
        accountCount: 60,
        because: 'labels were renumbered',
        scope: 'messages',
      },
      {
        kind: 'judged',
        verdict: 'hold',
        canaryAccountCount: 20,
        heldAccountCount: 40,
        ruleIds: expect.arrayContaining(['TG005']),
      },
      { kind: 'clients', atMs: at(1), seen: 2, outcomes: { ...figures, consistent: 1, begun: 1 }, fetchedBytes: 0 },
      {
        kind: 'clients',
        atMs: at(2),
        seen: 1,
        outcomes: { ...figures, resynced: 1, begun: 1, stopped: 1 },
        fetchedBytes: 730,
      },
      { kind: 'approved', by: 'olga', because: 'canaries were fine', accountCount: 60, shares: [0.5, 1] },
      { kind: 'clients', atMs: at(4), seen: 1, outcomes: { ...figures, consistent: 1 }, fetchedBytes: 20 },
      { kind: 'modes', by: 'olga', because: 'slow storage', clientMode: 'observe' },
      { kind: 'stage', step: 'started', stageShare: 1, gateOutcome: 'go', endedCount: 1, failedCount: 0 },
      { kind: 'revoked', by: 'olga', because: 'spurious', accountCount: 60, neverBegunAccountCount: 58 },
    ])
    await database.close()
  })

  test('J12: over many signals of a cause the rows add up to what the ledger holds, and no other cause is in them', async () => {
    const database = await openDatabase()
    const ledger = await aLedger(database)
    for (const causeId of ['mine', 'other']) {
      await ledger.registerCause(aCause(causeId), ADA, NOW_MS)
      const signalIds: SignalId[] = []
      for (let at = 0; at < 8; at++) {
        const proposal = aProposal({ causeId, accountIds: accountNames(5, at * 5) })
        signalIds.push((await ledger.propose(proposal, ADA, NOW_MS + at * 20_000)).signalId)
      }
      await ledger.judge(NOW_MS + 3 * MINUTE_MS)
      for (const [at, signalId] of signalIds.entries()) {
        const reports = accountNames(5, at * 5).flatMap((accountId, place) =>
          ResyncOutcome.options
            .slice(0, place + 1)
            .map((outcome) => aReport(accountId, signalId, { outcome, fetchedBytes: 10 ** place })),
        )
        await ledger.recordReports(reports, NOW_MS + (4 + at) * 25_000)
      }
    }
    const { totals, rows } = await ledger.timeline('mine' as CauseId, NOW_MS) // named above
    const [held] = await database.query(
      `SELECT count(DISTINCT (account_id, client_id)) AS clients, sum((report->>'fetchedBytes')::bigint) FILTER (WHERE outcome <> 'begun')::bigint AS bytes,
         count(*) FILTER (WHERE outcome = 'consistent') AS consistent
       FROM tidegate_ledger.report JOIN tidegate_ledger.signal USING (signal_id) WHERE cause_id = 'mine'`,
    )
    expect(held).toEqual({
      clients: totals.clients.seen,
      bytes: totals.clients.fetchedBytes,
      consistent: totals.clients.outcomes.consistent,
    })
    const clients = rows.filter((row) => row.kind === 'clients')
    expect(clients.reduce((sum, row) => sum + row.seen, 0)).toBe(40)
    expect(totals).toMatchObject({ signalCount: 8, accountCount: 40 })
    const judged = rows.filter((row) => row.kind === 'judged')
    expect(judged.reduce((sum, row) => sum + row.signalCount, 0)).toBe(8)
    await database.close()
  })

  test('a timeline says where decisions of its cause were pruned, and only there', async () => {
    const database = await openDatabase()
    const ledger = await aLedger(database)
    const laterMs = NOW_MS + 60 * DAY_MS
    await ledger.registerCause(aCause('old'), ADA, NOW_MS)
    await ledger.propose(aProposal({ causeId: 'old' }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    await ledger.tick(() => NOW_MS + 10 * DAY_MS)
    await ledger.registerCause(aCause('new'), ADA, laterMs)
    const prunedBefore = async (causeId: string) => (await ledger.timeline(causeId as CauseId, laterMs)).prunedBeforeMs // registered above
    expect([await prunedBefore('old'), await prunedBefore('new')]).toEqual([null, null])
    await ledger.pruneEvents({ beforeMs: NOW_MS + DAY_MS, reason: 'retention' }, ADA, laterMs)
    expect([await prunedBefore('old'), await prunedBefore('new')]).toEqual([NOW_MS + 10 * DAY_MS, null])
    await database.close()
  })

  test('a cause that nobody knows has no timeline', async () => {
    const database = await openDatabase()
    const ledger = await aLedger(database)
    const unknown = ledger.timeline('nothing' as CauseId, NOW_MS) // a name nobody registered
    await expect(unknown).rejects.toMatchObject({ denial: { kind: 'not-found' } })
    await database.close()
  })
}
