import { Actor, type CauseId, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inForce, isReleasedTo } from '../core/in-force.ts'
import type { Ledger } from '../core/ledger.ts'
import { installOutbox } from '../outbox/install-outbox.ts'
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
  sightingsOf,
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const everyName = accountNames(5000)

onEveryDatabase({ describe, beforeAll, afterAll }, 'Ledger contract', 'ledger-tables', ledgerContract)

function ledgerContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
  })
  afterEach(() => database.close())

  async function judged(overrides: Parameters<typeof aProposal>[0], nowMs = NOW_MS): Promise<SignalId> {
    const { signalId } = await ledger.propose(aProposal(overrides), ADA, nowMs)
    await ledger.judge(nowMs)
    return signalId
  }
  const signalTarget = (signalId: SignalId) => ({ kind: 'signal', signalId }) as const
  const causeTarget = (causeId = 'labels-2023-07') => ({ kind: 'cause', causeId: causeId as CauseId }) as const // named by the test
  async function recordOf(signalId: SignalId) {
    const snapshot = await ledger.snapshot(null)
    return snapshot?.signals.find((signal) => signal.signalId === signalId)
  }
  async function statusOf(signalId: SignalId, nowMs = NOW_MS) {
    const { causes } = await ledger.overview(nowMs)
    const status = causes.flatMap((cause) => cause.signals).find((signal) => signal.signalId === signalId)
    if (!status) throw new Error(`no status of ${signalId}`)
    return status
  }

  test('two nodes that start at once make one ledger with one epoch and one set of keys, and a restart changes neither', async () => {
    const fresh = await openDatabase()
    const [one, two] = await Promise.all([aLedger(fresh), aLedger(fresh)])
    const again = await aLedger(fresh)
    const readings = await Promise.all([one, two, again].map((node) => node.readEpoch(NOW_MS)))
    expect(readings).toEqual([readings[0], readings[0], readings[0]])
    expect(readings[0]?.begun).toBeNull()
    const snapshots = await Promise.all([one, two, again].map((node) => node.snapshot(null)))
    expect(snapshots.map((snapshot) => snapshot?.keys)).toEqual(Array(3).fill(snapshots[0]?.keys))
    expect(snapshots[0]?.keys).toHaveLength(1)
    expect([two.tagKey, again.tagKey]).toEqual([one.tagKey, one.tagKey])
    expect(one.tagKey).toHaveLength(32)
    await fresh.close()
  })

  test('a ledger that a newer version wrote is refused', async () => {
    await database.query('INSERT INTO tidegate_ledger.schema_step (version) VALUES (99)')
    await expect(aLedger(database)).rejects.toThrow('its schema is at step 99')
  })

  test('G1: a proposal without a verdict is part of nothing', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    expect((await ledger.snapshot(null))?.signals).toEqual([])
  })

  test('a registered cause may reset a handful of accounts at once', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({})
    const record = await recordOf(signalId)
    expect(record).toMatchObject({ state: 'released', release: null, causeTitle: 'Title of labels-2023-07' })
    expect([...(record?.namedAccounts ?? [])].sort()).toEqual(accountNames(3))
    expect((await statusOf(signalId)).verdict).toEqual({
      kind: 'release',
      findings: [],
      canaryAccountCount: 3,
      heldAccountCount: 0,
    })
  })

  test('G1: of five thousand accounts exactly the credit is in force, spread over the resources', async () => {
    await ledger.recordSightings(sightingsOf(everyName), NOW_MS)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: everyName, scope: { kind: 'account' }, action: 'refetch' })
    const named = [...((await recordOf(signalId))?.namedAccounts ?? [])]
    expect(named).toHaveLength(20)
    expect([0, 1, 2, 3].map((shard) => named.filter((id) => Number(id.slice(1)) % 4 === shard).length)).toEqual([
      5, 5, 5, 5,
    ])
    const status = await statusOf(signalId)
    expect(status.verdict).toMatchObject({ kind: 'hold', canaryAccountCount: 20, heldAccountCount: 4980 })
    expect(status.verdict.findings.map((finding) => finding.ruleId)).toEqual(['TG005', 'TG007'])
    expect(status).toMatchObject({ audienceAccountCount: 5000, inForceAccountCount: 20 })
    expect(status.predicted[0]).toEqual({ resourceId: 'shard-0', accountCount: 1250, payloadBytes: 125_000_000 })
  })

  test('G1: predicted bytes stop canaries where accounts would not', async () => {
    // 360 MB of credit per resource: three mailboxes of 100 MB on each of the four shards.
    await ledger.recordSightings(sightingsOf(accountNames(40), 100_000_000), NOW_MS)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(40) })
    const { verdict } = await statusOf(signalId)
    expect(verdict).toMatchObject({ kind: 'hold', canaryAccountCount: 12 })
    expect(verdict.findings.map((finding) => finding.ruleId)).toEqual(['TG005', 'TG006'])
  })

  test('G1: a credit that is spent stays spent after a revoke, and comes back with an approval', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const first = await judged({ accountIds: accountNames(15) })
    await ledger.revoke({ target: signalTarget(first), reason: 'wrong' }, ADA, NOW_MS)
    const second = await judged({ accountIds: accountNames(15, 100) })
    expect((await recordOf(second))?.namedAccounts.size).toBe(5)
    await ledger.approve({ target: signalTarget(second), plan: aPlan(), reason: 'fine' }, ADA, NOW_MS)
    const third = await judged({ accountIds: accountNames(15, 200) })
    expect((await recordOf(third))?.namedAccounts.size).toBe(5)
    expect((await ledger.overview(NOW_MS)).causes[0]).toMatchObject({ creditSpentAccountCount: 20 })
  })

  test('a cause nobody registered lets nobody out, and gets its credit when it is registered', async () => {
    const signalId = await judged({ causeId: 'nobody-knows' })
    expect((await recordOf(signalId))?.namedAccounts.size).toBe(0)
    const status = await statusOf(signalId)
    expect(status.verdict.findings.map((finding) => finding.ruleId)).toEqual(['TG001'])
    expect((await ledger.overview(NOW_MS)).causes[0]).toMatchObject({
      isRegistered: false,
      credit: { accountCount: 0 },
    })
    const answer = await ledger.registerCause(aCause('nobody-knows'), ADA, NOW_MS)
    expect(answer).toEqual({ credit: { accountCount: 20, bytesPerResource: 360_000_000 }, isNew: true })
  })

  test('credits are fixed when a cause is first seen, however the fleet grows', async () => {
    await ledger.recordSightings(sightingsOf(accountNames(30_000)), NOW_MS)
    expect((await ledger.registerCause(aCause(), ADA, NOW_MS)).credit.accountCount).toBe(23)
    await ledger.recordSightings(sightingsOf(accountNames(20_000, 30_000)), NOW_MS)
    expect(await ledger.registerCause(aCause(), ADA, NOW_MS)).toMatchObject({
      credit: { accountCount: 23 },
      isNew: false,
    })
    expect((await ledger.registerCause(aCause('other'), ADA, NOW_MS)).credit.accountCount).toBe(25)
  })

  test('a manifest declared smaller than the truth holds the difference', async () => {
    const manifest = {
      manifestVersion: 1 as const,
      causeId: 'labels-2023-07' as CauseId, // named by the test
      actions: ['verify' as const],
      wholeAccount: true,
      collections: [],
      proposalCount: 2,
      accountCount: 4,
      sourceSha256: '0'.repeat(64),
    }
    await ledger.registerCause(aCause('labels-2023-07', { manifest }), ADA, NOW_MS)
    const first = await judged({ accountIds: accountNames(3) })
    expect((await statusOf(first)).verdict.kind).toBe('release')
    const second = await judged({ accountIds: accountNames(6, 10) })
    expect((await statusOf(second)).verdict).toMatchObject({ kind: 'hold', canaryAccountCount: 1, heldAccountCount: 5 })
    const third = await judged({ accountIds: accountNames(1) })
    const { verdict } = await statusOf(third)
    expect(verdict).toMatchObject({ kind: 'hold', canaryAccountCount: 0 })
    expect(verdict.findings[0]?.message).toContain('3 proposals where it declared 2')
    await expect(ledger.registerCause(aCause(), ADA, NOW_MS)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  })

  test('everyone is never released by itself; the canaries come from the registry and its filters', async () => {
    await ledger.recordSightings(sightingsOf(accountNames(4), 1000, '5.0.1'), NOW_MS)
    await ledger.recordSightings(sightingsOf(accountNames(4, 4), 1000, '5.10'), NOW_MS)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: null, audience: { appVersions: { below: '5.9' } } })
    const record = await recordOf(signalId)
    expect(record).toMatchObject({ state: 'held', audienceAccounts: null })
    expect([...(record?.namedAccounts ?? [])].sort()).toEqual(accountNames(4))
    expect((await statusOf(signalId)).verdict.findings.map((finding) => finding.ruleId)).toEqual(['TG011'])
  })

  test('an account that was reset today is not reset again by itself, and is tomorrow', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await judged({ accountIds: accountNames(2) })
    const again = await judged({ accountIds: accountNames(3) })
    expect((await recordOf(again))?.namedAccounts).toEqual(new Set(accountNames(1, 2)))
    expect((await statusOf(again)).verdict.findings[0]).toMatchObject({
      ruleId: 'TG009',
      evidence: { repeatedAccountCount: 2 },
    })
    await ledger.approve({ target: causeTarget(), plan: aPlan({ shares: [1] }), reason: 'fine' }, ADA, NOW_MS)
    const tomorrow = await judged({ accountIds: accountNames(3) }, NOW_MS + DAY_MS)
    expect((await recordOf(tomorrow))?.namedAccounts.size).toBe(3)
  })

  test('a signal without an end is held and ends after 30 days; one that is over before its verdict is rejected', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const endless = await judged({ expiresInMs: undefined })
    expect(await recordOf(endless)).toMatchObject({ state: 'held', expiresAtMs: NOW_MS + 30 * DAY_MS })
    const { signalId: brief } = await ledger.propose(aProposal({ expiresInMs: 1000 }), ADA, NOW_MS)
    await ledger.judge(NOW_MS + 1000)
    expect((await statusOf(brief)).state).toBe('rejected')
  })

  test('G2: the same key with the same contents is the same signal, with other contents a conflict', async () => {
    const proposal = aProposal()
    const first = await ledger.propose(proposal, ADA, NOW_MS)
    expect(await ledger.propose(proposal, ADA, NOW_MS + 5)).toEqual({ signalId: first.signalId, isNew: false })
    const reordered = aProposal({ idempotencyKey: proposal.idempotencyKey, accountIds: accountNames(3).reverse() })
    expect(await ledger.propose(reordered, ADA, NOW_MS)).toMatchObject({ isNew: false })
    const other = aProposal({ idempotencyKey: proposal.idempotencyKey, reason: 'something else' })
    await expect(ledger.propose(other, ADA, NOW_MS)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
  })

  test('observe writes the verdict down and puts nothing in force', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.setModes({ guardMode: 'observe', reason: 'trying it out' }, ADA, NOW_MS)
    const signalId = await judged({})
    expect((await statusOf(signalId)).verdict.kind).toBe('release')
    const record = await recordOf(signalId)
    expect(record?.state).toBe('held')
    expect(accountNames(3).some((accountId) => record && isReleasedTo(record, accountId))).toBe(false)
  })

  test('observe records what would have been held: credit is spent, and counts for nothing once the guard enforces', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.setModes({ guardMode: 'observe', reason: 'trying it out' }, ADA, NOW_MS)
    const verdicts = []
    for (let at = 0; at < 5; at++) {
      const signalId = await judged({ accountIds: accountNames(8, at * 8) })
      const { verdict, inForceAccountCount } = await statusOf(signalId)
      verdicts.push([verdict.kind, verdict.canaryAccountCount, inForceAccountCount])
    }
    const credit = 20
    expect(verdicts).toEqual([
      ['release', 8, 0],
      ['release', 8, 0],
      ['hold', credit - 16, 0],
      ['hold', 0, 0],
      ['hold', 0, 0],
    ])
    expect((await ledger.overview(NOW_MS)).causes[0]?.creditSpentAccountCount).toBe(credit)
    await ledger.setModes({ guardMode: 'enforce', reason: 'seen enough' }, ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(40) })
    expect(await statusOf(signalId)).toMatchObject({ inForceAccountCount: credit, verdict: { kind: 'hold' } })
  })

  test('a ledger that is made in observe begins there, and whoever opens it later changes nothing', async () => {
    const empty = await openDatabase()
    const first = await aLedger(empty, { firstGuardMode: 'observe' })
    expect((await first.overview(NOW_MS)).modes.guardMode).toBe('observe')
    await empty.close()
    await ledger.setModes({ guardMode: 'off', reason: 'not now' }, ADA, NOW_MS)
    const reopened = await aLedger(database, { firstGuardMode: 'observe' })
    expect((await reopened.overview(NOW_MS)).modes.guardMode).toBe('off')
    const wrong = aLedger(database, { firstGuardMode: 'watch' as 'observe' })
    await expect(wrong).rejects.toThrow('firstGuardMode must be one of enforce, observe, off, got watch')
  })

  test('off takes proposals in and judges nothing until it is switched on again', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.setModes({ guardMode: 'off', reason: 'not now' }, ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 0 })
    await ledger.setModes({ guardMode: 'enforce', reason: 'now' }, ADA, NOW_MS)
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
  })

  test('an approval lets the held rest out stage by stage, each after its gate', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(200) })
    const decision = { target: causeTarget(), plan: aPlan(), reason: 'canaries are fine' }
    expect(await ledger.approve(decision, ADA, NOW_MS)).toEqual({
      signalCount: 1,
      accountCount: 200,
      neverBegunAccountCount: 200,
    })
    expect(await ledger.approve(decision, ADA, NOW_MS + 1)).toMatchObject({ signalCount: 0 })
    const otherPlan = { ...decision, plan: aPlan({ shares: [1] }) }
    await expect(ledger.approve(otherPlan, ADA, NOW_MS)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    const countOut = async () => (await statusOf(signalId, NOW_MS)).inForceAccountCount
    const out = [await countOut()]
    const [canary = ''] = (await recordOf(signalId))?.namedAccounts ?? []
    for (const minutes of [10, 20, 30]) {
      await ledger.recordReports([aReport(canary, signalId)], NOW_MS + (minutes - 1) * MINUTE_MS)
      await ledger.tick(() => NOW_MS + minutes * MINUTE_MS)
      out.push(await countOut())
    }
    expect(out[0]).toBeLessThan(70)
    expect(out[1]).toBeGreaterThan(out[0] ?? 0)
    expect(out.slice(2)).toEqual([200, 200])
    expect((await statusOf(signalId)).release).toMatchObject({ stageIndex: 2, gateOutcome: 'go', approvedBy: 'ada' })
  })

  test('G6: a stage without reports pauses the release, and only an operator moves it on', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(200) })
    await ledger.approve({ target: signalTarget(signalId), plan: aPlan(), reason: 'go' }, ADA, NOW_MS)
    await ledger.tick(() => NOW_MS + 9 * MINUTE_MS)
    expect((await statusOf(signalId)).state).toBe('released')
    await ledger.tick(() => NOW_MS + 10 * MINUTE_MS)
    await ledger.tick(() => NOW_MS + 60 * MINUTE_MS)
    expect(await statusOf(signalId)).toMatchObject({
      state: 'paused',
      release: { stageIndex: 0, gateOutcome: 'inconclusive' },
    })
    await ledger.advance({ target: signalTarget(signalId), reason: 'looked at it' }, ADA, NOW_MS + 61 * MINUTE_MS)
    expect(await statusOf(signalId)).toMatchObject({ state: 'released', release: { stageIndex: 1, gateOutcome: null } })
    await expect(
      ledger.advance({ target: signalTarget(signalId), reason: 'again' }, ADA, NOW_MS + 61 * MINUTE_MS),
    ).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  })

  test('G6: failures stop a release; reports from before the stage, repeated ones and strangers count for nothing', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const names = accountNames(200)
    const signalId = await judged({ accountIds: names })
    await ledger.recordReports([aReport('a00001', signalId)], NOW_MS)
    await ledger.approve(
      { target: signalTarget(signalId), plan: aPlan({ minReportCount: 2 }), reason: 'go' },
      ADA,
      NOW_MS + 1,
    )
    const once = aReport('a00002', signalId)
    expect(await ledger.recordReports([once, once], NOW_MS + 2)).toEqual([true, false])
    expect(await ledger.recordReports([once, aReport('a04999', signalId)], NOW_MS + 2)).toEqual([false, false])
    await ledger.tick(() => NOW_MS + 1 + 10 * MINUTE_MS)
    expect(await statusOf(signalId)).toMatchObject({ state: 'paused', release: { gateOutcome: 'inconclusive' } })
    await ledger.advance({ target: signalTarget(signalId), reason: 'go' }, ADA, NOW_MS + 20 * MINUTE_MS)
    await ledger.recordReports(
      names.map((name) => aReport(name, signalId, { outcome: 'stuck' })),
      NOW_MS + 21 * MINUTE_MS,
    )
    await ledger.tick(() => NOW_MS + 30 * MINUTE_MS)
    expect(await statusOf(signalId)).toMatchObject({ state: 'paused', release: { stageIndex: 1, gateOutcome: 'stop' } })
  })

  test('a status counts clients, not reports: a beginning that both the guard and the client wrote down is one', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({})
    const aTold = (outcome: string) => aReport('a00001', signalId, { outcome })
    await ledger.recordReports([aTold('begun')], NOW_MS)
    await ledger.recordReports([aTold('begun')], NOW_MS + 1)
    await ledger.recordReports([aTold('resynced')], NOW_MS + 2)
    expect((await statusOf(signalId)).reports).toMatchObject({ begun: 1, resynced: 1, stuck: 0 })
  })

  test('G3: what is revoked is in force for nobody, and the answer says how many never began', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(100) })
    await ledger.approve({ target: causeTarget(), plan: aPlan({ shares: [1] }), reason: 'go' }, ADA, NOW_MS)
    const before = await recordOf(signalId)
    const begun = accountNames(7)
    await ledger.recordReports(
      begun.map((name) => aReport(name, signalId, { outcome: 'begun' })),
      NOW_MS,
    )
    const ends = [
      aReport('a00050', signalId, { outcome: 'consistent', fetchedBytes: 0 }),
      // It was comparing, or waited for its turn.
      aReport('a00051', signalId, { outcome: 'stopped', fetchedBytes: 0 }),
      // Its beginning was lost.
      aReport('a00052', signalId, { outcome: 'stuck', fetchedBytes: 3000 }),
    ]
    await ledger.recordReports(ends, NOW_MS)
    const answer = await ledger.revoke({ target: causeTarget(), reason: 'it was a bug' }, ADA, NOW_MS)
    expect(answer).toEqual({ signalCount: 1, accountCount: 100, neverBegunAccountCount: 92 })
    expect((await ledger.snapshot(null))?.signals).toEqual([])
    const [sighting] = sightingsOf(['a00001'])
    const asked = { accountId: 'a00001', client: sighting?.client ?? expect.fail(), nowMs: NOW_MS + MINUTE_MS }
    expect(before && inForce(before, asked)).not.toBeNull()
    expect(before && inForce({ ...before, state: 'revoked' }, asked)).toBeNull()
    expect(await ledger.revoke({ target: causeTarget(), reason: 'again' }, ADA, NOW_MS)).toMatchObject({
      signalCount: 0,
    })
    await expect(
      ledger.approve({ target: causeTarget(), plan: aPlan(), reason: 'oops' }, ADA, NOW_MS),
    ).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  })

  test('G3: a revoke of a cause also stops what it proposed and nobody has judged yet', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    expect(await ledger.revoke({ target: causeTarget(), reason: 'stop it' }, ADA, NOW_MS)).toMatchObject({
      signalCount: 1,
      accountCount: 3,
    })
    expect(await ledger.judge(NOW_MS)).toEqual({ judgedSignalCount: 0 })
    expect((await ledger.snapshot(null))?.signals).toEqual([])
  })

  test('G3: a revoke of a cause also stops what a migration has just committed and no intake has seen', async () => {
    await installOutbox(database)
    const node = await aLedger(database, { outboxes: [{ name: 'app', database }] })
    await node.registerCause(aCause(), ADA, NOW_MS)
    await database.query(
      `SELECT tidegate.propose(cause => 'labels-2023-07', accounts => $1, reason => 'r', expires_in => '7 days')`,
      [accountNames(5)],
    )
    const revoked = await node.revoke({ target: causeTarget(), reason: 'stop it' }, ADA, NOW_MS)
    expect(revoked).toEqual({ signalCount: 1, accountCount: 5, neverBegunAccountCount: 5 })
    expect(await node.judge(NOW_MS)).toEqual({ judgedSignalCount: 0 })
    expect((await node.snapshot(null))?.signals).toEqual([])
  })

  test('a reject of a cause whose release runs is refused, whatever became of its earlier signals (G3)', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await judged({ accountIds: accountNames(50) })
    await ledger.reject({ target: causeTarget(), reason: 'no' }, ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(50, 50) })
    await ledger.approve({ target: signalTarget(signalId), plan: aPlan(), reason: 'go' }, ADA, NOW_MS)
    await expect(ledger.reject({ target: causeTarget(), reason: 'stop' }, ADA, NOW_MS)).rejects.toMatchObject({
      denial: { kind: 'conflict', message: expect.stringContaining('released') },
    })
  })

  test('a rejected signal stays rejected, and one that nobody knows is not found', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ accountIds: accountNames(50) })
    await ledger.reject({ target: signalTarget(signalId), reason: 'not needed' }, ADA, NOW_MS)
    expect((await statusOf(signalId)).state).toBe('rejected')
    await expect(
      ledger.approve({ target: signalTarget(signalId), plan: aPlan(), reason: 'oops' }, ADA, NOW_MS),
    ).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    await expect(ledger.revoke({ target: causeTarget('nobody'), reason: 'stop' }, ADA, NOW_MS)).rejects.toMatchObject({
      denial: { kind: 'not-found' },
    })
  })

  test('a signal ends when its time is over, and cannot be approved even before anybody noticed', async () => {
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const signalId = await judged({ expiresInMs: MINUTE_MS })
    await expect(
      ledger.approve({ target: signalTarget(signalId), plan: aPlan(), reason: 'late' }, ADA, NOW_MS + MINUTE_MS),
    ).rejects.toMatchObject({ denial: { kind: 'conflict' } })
    await ledger.tick(() => NOW_MS + MINUTE_MS)
    expect((await statusOf(signalId, NOW_MS + MINUTE_MS)).state).toBe('expired')
  })

  test('the registry forgets clients after 30 days, and writes one again only when something moved', async () => {
    const seen = async () => database.query('SELECT cached_bytes, seen_at_ms FROM tidegate_ledger.client')
    await ledger.recordSightings(sightingsOf(['a00001'], 1000), NOW_MS)
    await ledger.recordSightings(sightingsOf(['a00001'], 1250), NOW_MS + 1)
    expect(await seen()).toEqual([{ cached_bytes: 1000, seen_at_ms: NOW_MS }])
    await ledger.recordSightings(sightingsOf(['a00001'], 1251), NOW_MS + 2)
    expect(await seen()).toEqual([{ cached_bytes: 1251, seen_at_ms: NOW_MS + 2 }])
    await ledger.recordSightings(sightingsOf(['a00001'], 1251), NOW_MS + 2 + DAY_MS)
    expect(await seen()).toEqual([{ cached_bytes: 1251, seen_at_ms: NOW_MS + 2 + DAY_MS }])
    expect(await ledger.overview(NOW_MS)).toMatchObject({ activeAccountCount: 1, activeClientCount: 1 })
    expect(await ledger.overview(NOW_MS + 32 * DAY_MS)).toMatchObject({ activeAccountCount: 0, activeClientCount: 0 })
  })

  test('a client that did not say what it holds counts as a bad case, and one that said keeps its figure', async () => {
    const held = async () => database.query('SELECT cached_bytes FROM tidegate_ledger.client ORDER BY account_id')
    await ledger.recordSightings(sightingsOf(['a00001'], 1000), NOW_MS)
    await ledger.recordSightings(sightingsOf(['a00001', 'a00002'], null), NOW_MS + DAY_MS)
    expect(await held()).toEqual([{ cached_bytes: 1000 }, { cached_bytes: 10_000_000 }])
  })

  test('a snapshot is null while nothing changed, and the revision rises with every decision', async () => {
    const revisions: number[] = []
    const note = async () => revisions.push((await ledger.snapshot(null))?.revision ?? -1)
    await note()
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await note()
    await judged({ accountIds: accountNames(50) })
    await note()
    await ledger.approve({ target: causeTarget(), plan: aPlan(), reason: 'go' }, ADA, NOW_MS)
    await note()
    await ledger.tick(() => NOW_MS + 10 * MINUTE_MS)
    await note()
    await ledger.setModes({ clientMode: 'off', reason: 'rest' }, ADA, NOW_MS)
    await note()
    expect(revisions).toEqual([0, 1, 2, 3, 4, 5])
    expect(await ledger.snapshot(5)).toBeNull()
    const events = await database.query('SELECT kind, actor FROM tidegate_ledger.event ORDER BY event_no')
    expect(events).toEqual([
      { kind: 'cause-registered', actor: 'ada' },
      { kind: 'signal-judged', actor: 'tidegate' },
      { kind: 'signal-approved', actor: 'ada' },
      { kind: 'release-paused', actor: 'tidegate' },
      { kind: 'modes-set', actor: 'ada' },
    ])
    await expect(database.query('DELETE FROM tidegate_ledger.event')).rejects.toThrow('append-only')
  })
}
