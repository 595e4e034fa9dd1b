import { Actor, type Cause, type CauseId, Denied, type SignalId, type SignalStatus } from '@tidegate/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import type { LedgerOptions } from './open-ledger.ts'

const ADA = Actor.parse('ada')
const CAUSE = 'labels-2023-07'
const target = { kind: 'cause', causeId: CAUSE as CauseId } as const // the name above

onEveryDatabase({ describe, beforeAll, afterAll }, 'Facts of the rules', 'ledger-tables', factsContract)

/** A ledger with one registered cause, and the few moves of these tests. */
class Scene implements AsyncDisposable {
  readonly ledger: Ledger
  readonly #database: SqlDatabase

  private constructor(ledger: Ledger, database: SqlDatabase) {
    this.ledger = ledger
    this.#database = database
  }

  static async open(database: SqlDatabase, cause: Partial<Cause> = {}, options: Partial<LedgerOptions> = {}) {
    const scene = new Scene(await aLedger(database, options), database)
    await scene.ledger.registerCause(aCause(CAUSE, cause), ADA, NOW_MS)
    return scene
  }

  propose(overrides: Parameters<typeof aProposal>[0], nowMs = NOW_MS) {
    return this.ledger.propose(aProposal(overrides), ADA, nowMs)
  }

  /** Proposes, judges and tells what became of it. */
  async judged(overrides: Parameters<typeof aProposal>[0], nowMs = NOW_MS): Promise<SignalStatus> {
    const { signalId } = await this.propose(overrides, nowMs)
    await this.ledger.judge(nowMs)
    return this.status(signalId, nowMs)
  }

  async status(signalId: SignalId, nowMs = NOW_MS): Promise<SignalStatus> {
    const { causes } = await this.ledger.overview(nowMs)
    return causes.flatMap(({ signals }) => signals).find((signal) => signal.signalId === signalId) ?? expect.fail()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close()
  }
}

const finding = ({ verdict }: SignalStatus, ruleId: string) => verdict.findings.find((each) => each.ruleId === ruleId)
const manifest = (accountCount: number, proposalCount: number) => ({
  manifestVersion: 1 as const,
  causeId: target.causeId,
  actions: ['verify' as const],
  wholeAccount: true,
  collections: [],
  proposalCount,
  accountCount,
  sourceSha256: '0'.repeat(64),
})

function factsContract(openDatabase: () => Promise<SqlDatabase>) {
  test('distinct accounts of a cause are exact over small and large signals that overlap', async () => {
    await using scene = await Scene.open(await openDatabase(), { manifest: manifest(10, 100) })
    const declared = async (from: number, count: number) => {
      const status = await scene.judged({ accountIds: accountNames(count, from) })
      return finding(status, 'TG002')?.evidence.accountCount ?? 'within'
    }
    expect(await declared(0, 6)).toBe('within')
    expect(await declared(4, 6)).toBe('within')
    expect(await declared(9, 2)).toBe(11)
    expect(await declared(0, 1500)).toBe(1500)
    expect(await declared(1498, 4)).toBe(1502)
    expect(await declared(1400, 1200)).toBe(2600)
    expect(await declared(2599, 2)).toBe(2601)
    expect(await declared(300, 1100)).toBe(2601)
    expect(await declared(2601, 1010)).toBe(3611)
    expect(await declared(2650, 1020)).toBe(3670)
    expect(await declared(3600, 1300)).toBe(4900)
  })

  test('proposals that were refused before they were judged count against the manifest too', async () => {
    await using scene = await Scene.open(await openDatabase(), { manifest: manifest(100, 2) })
    await scene.judged({ accountIds: accountNames(1) })
    await scene.propose({ accountIds: accountNames(1, 1) })
    await scene.ledger.revoke({ target, reason: 'enough' }, ADA, NOW_MS)
    const status = await scene.judged({ accountIds: accountNames(1, 2) })
    expect(finding(status, 'TG002')?.evidence).toMatchObject({ proposalCount: 3, declaredProposalCount: 2 })
  })

  test('classes that a manifest does not declare are held, with the difference', async () => {
    const declared = { ...manifest(100, 5), clientClasses: ['bridge' as never] } // parsed where the cause is built
    await using scene = await Scene.open(await openDatabase(), { manifest: declared })
    const bridge = await scene.judged({ audience: { clientClasses: ['bridge'] } })
    expect(bridge.verdict.kind).toBe('release')
    const more = await scene.judged({ accountIds: accountNames(3, 3), audience: { clientClasses: ['bridge', 'web'] } })
    expect(more).toMatchObject({ state: 'held', inForceAccountCount: 0 })
    expect(finding(more, 'TG002')?.message).toBe(
      'labels-2023-07 goes beyond its manifest: web clients where it declared bridge clients.',
    )
    const all = await scene.judged({ accountIds: accountNames(3, 6) })
    expect(finding(all, 'TG002')?.message).toContain('clients of every class where it declared bridge clients')
  })

  test('what is proposed outside the declared window is held; the window stands once there are signals', async () => {
    const window = { fromMs: NOW_MS, untilMs: NOW_MS + MINUTE_MS }
    await using scene = await Scene.open(await openDatabase(), { window })
    const register = (cause: Partial<Cause>) => scene.ledger.registerCause(aCause(CAUSE, cause), ADA, NOW_MS)
    expect((await register({ window: { ...window, fromMs: NOW_MS - 1 } })).isNew).toBe(false)
    await register({ window })
    expect((await scene.judged({ accountIds: accountNames(3) })).state).toBe('released')
    const late = await scene.judged({ accountIds: accountNames(3, 3) }, NOW_MS + MINUTE_MS)
    expect(late).toMatchObject({ state: 'held', inForceAccountCount: 0 })
    expect(finding(late, 'TG016')?.evidence).toEqual({
      proposedAt: '1970-04-11T00:01:00Z',
      from: '1970-04-11T00:00:00Z',
      until: '1970-04-11T00:01:00Z',
      awayMs: 0,
    })
    expect((await register({ window })).isNew).toBe(false)
    await expect(register({})).rejects.toThrow('another kind, manifest or window: it has signals')
    expect((await scene.ledger.overview(NOW_MS)).causes[0]?.cause.window).toEqual(window)
  })

  test('a whole account is held when the cause named collections before', async () => {
    await using scene = await Scene.open(await openDatabase())
    await scene.judged({ accountIds: accountNames(2) })
    const status = await scene.judged({ accountIds: accountNames(2, 2), scope: { kind: 'account' } })
    expect(finding(status, 'TG014')?.evidence).toMatchObject({ collections: 'messages', isDeclared: false })
    expect(finding(status, 'TG014')?.doInstead).toContain("collections => ARRAY['messages']")
  })

  test('three other causes that wait for a decision about a resource hold the next signal there, and no other', async () => {
    await using scene = await Scene.open(await openDatabase())
    const everyFourth = (count: number, from = 0) =>
      accountNames(4000, from)
        .filter((_, at) => at % 4 === 0)
        .slice(0, count)
    for (const [at, causeId] of ['one', 'two', 'three'].entries()) {
      const held = await scene.judged({ causeId, accountIds: everyFourth(30, at * 400) })
      expect(finding(held, 'TG018')).toBeUndefined()
    }
    const fourth = await scene.judged({ accountIds: everyFourth(2, 2000) })
    expect(fourth).toMatchObject({ state: 'held', inForceAccountCount: 2 })
    expect(finding(fourth, 'TG018')?.evidence).toMatchObject({ resourceId: 'shard-0', otherHeldCauseCount: 3 })
    expect((await scene.judged({ accountIds: accountNames(1, 2001) })).state).toBe('released')
    for (const causeId of ['one', 'two'] as CauseId[]) {
      await scene.ledger.reject({ target: { kind: 'cause', causeId }, reason: 'no' }, ADA, NOW_MS)
    }
    expect((await scene.judged({ accountIds: everyFourth(1, 3000) })).state).toBe('released')
  })

  test('work of releases under way counts, until they are revoked or over', async () => {
    const options = { settings: { longestWorkMs: 1_000, unknownAccountBytes: 10_000_000 } }
    await using scene = await Scene.open(await openDatabase(), {}, options)
    await scene.ledger.registerCause(aCause('bodies'), ADA, NOW_MS)
    await scene.judged({ causeId: 'bodies', accountIds: accountNames(40) })
    // 10 accounts on each shard, 100 MB, at 100 MB/s: a second of work each.
    expect(finding(await scene.judged({ accountIds: accountNames(4, 40) }), 'TG013')).toBeUndefined()
    const bodies = { kind: 'cause', causeId: 'bodies' as CauseId } as const
    await scene.ledger.approve({ target: bodies, plan: aPlan(), reason: 'fine' }, ADA, NOW_MS)
    const behind = await scene.judged({ accountIds: accountNames(4, 44) })
    expect(finding(behind, 'TG013')?.evidence).toMatchObject({ releasingBytes: 100_000_000, workMs: 1_100 })
    await scene.ledger.revoke({ target: bodies, reason: 'not needed' }, ADA, NOW_MS)
    expect(finding(await scene.judged({ accountIds: accountNames(4, 48) }), 'TG013')).toBeUndefined()
  })

  test('bytes of a cause add up over its signals against the budget of each resource', async () => {
    const options = { settings: { budgetCapacityPerMille: 1, unknownAccountBytes: 100_000_000 } }
    await using scene = await Scene.open(await openDatabase(), {}, options)
    // 100 MB/s × 3,600 s × 1 ‰ = 360 MB on each shard.
    expect(finding(await scene.judged({ accountIds: accountNames(12) }), 'TG012')).toBeUndefined()
    const over = await scene.judged({ accountIds: accountNames(1, 12) })
    expect(finding(over, 'TG012')?.evidence).toMatchObject({ earlierBytes: 300_000_000, predictedBytes: 100_000_000 })
  })

  test('a drip of small signals is held within the minute and within the day, and goes on afterwards', async () => {
    const options = {
      settings: { accountsPerMinute: 4, accountsPerDay: 8, resetSpacingMs: 0, creditBaseAccountCount: 50 },
    }
    await using scene = await Scene.open(await openDatabase(), {}, options)
    const at = async (minute: number, from: number, count: number) => {
      const status = await scene.judged({ accountIds: accountNames(count, from) }, NOW_MS + minute * MINUTE_MS)
      return [status.verdict.findings.map(({ ruleId }) => ruleId).join(), status.inForceAccountCount]
    }
    expect(await at(0, 0, 4)).toEqual(['', 4])
    expect(await at(0, 4, 1)).toEqual(['TG020', 0])
    expect(await at(1, 5, 3)).toEqual(['', 3])
    expect(await at(2, 5, 3)).toEqual(['TG009', 0]) // the same accounts are counted once
    expect(await at(3, 8, 2)).toEqual(['TG019', 0])
    expect(await at(1_500, 10, 2)).toEqual(['', 2])
  })

  test('a plan without a gate is denied with the finding, and nothing changes', async () => {
    const settings = { largestUngatedAccountCount: 29 }
    await using scene = await Scene.open(await openDatabase(), {}, { settings })
    const held = await scene.judged({ accountIds: accountNames(30) })
    const approve = (shares: number[]) =>
      scene.ledger.approve({ target, plan: aPlan({ shares }), reason: 'go' }, ADA, NOW_MS)
    const denied = await approve([1]).catch((error: unknown) => error)
    expect(denied).toBeInstanceOf(Denied)
    expect(denied).toMatchObject({ denial: { kind: 'invalid', finding: { ruleId: 'TG017', severity: 'hold' } } })
    expect(await scene.status(held.signalId)).toMatchObject({ state: 'held', release: null })
    expect((await approve([0.1, 1])).signalCount).toBe(1)
  })

  test('a window shorter than the work of the worst resource is denied with the least window, and one beyond the end too', async () => {
    const settings = { longestUnspreadWorkMs: 0, unknownAccountBytes: 10_000_000_000 }
    await using scene = await Scene.open(await openDatabase(), {}, { settings })
    // Eight accounts of 10 GB on shard-0, one on each of the others, at 100 MB/s.
    const onShard = accountNames(32).filter((_, at) => at % 4 === 0)
    await scene.judged({ accountIds: [...onShard, ...accountNames(3, 33)], expiresInMs: 30 * MINUTE_MS })
    const approve = (minutes: number, shares = [1]) =>
      scene.ledger.approve(
        { target, plan: { ...aPlan({ shares }), windowMs: minutes * MINUTE_MS }, reason: 'go' },
        ADA,
        NOW_MS,
      )
    await expect(approve(13)).rejects.toMatchObject({
      denial: { finding: { ruleId: 'TG021', evidence: { resourceId: 'shard-0', leastWindowMs: 800_000 } } },
    })
    await expect(approve(31)).rejects.toMatchObject({
      denial: { finding: { ruleId: 'TG022', evidence: { endsInMs: 30 * MINUTE_MS } } },
    })
    await expect(approve(14, [0.1, 0.5, 1])).rejects.toMatchObject({ denial: { finding: { ruleId: 'TG022' } } })
    expect((await approve(14)).signalCount).toBe(1)
  })

  test('a note lets a plan without a gate through and is kept with the decision', async () => {
    const options = {
      settings: { largestUngatedAccountCount: 29 },
      rules: { severities: { TG017: 'note' as const } },
    }
    await using scene = await Scene.open(await openDatabase(), {}, options)
    await scene.judged({ accountIds: accountNames(30) })
    const decision = { target, plan: aPlan({ shares: [1] }), reason: 'go' }
    expect((await scene.ledger.approve(decision, ADA, NOW_MS)).signalCount).toBe(1)
  })

  test("G6: a team's own rule that throws holds the signal in the real ledger, and what it said is kept", async () => {
    const check = () => {
      throw new Error('no weather today')
    }
    const own = [{ ruleId: 'ACME001', title: 'No resets in storms', check }]
    await using scene = await Scene.open(await openDatabase(), {}, { rules: { own } })
    const status = await scene.judged({ accountIds: accountNames(3) })
    expect(status).toMatchObject({ state: 'held', inForceAccountCount: 0 })
    expect(finding(status, 'ACME001')?.message).toContain('it threw Error: no weather today')
  })

  test('K4: a severity for a rule that does not exist keeps the ledger from opening', async () => {
    const database = await openDatabase()
    await expect(aLedger(database, { rules: { severities: { TG0O5: 'note' } } })).rejects.toThrow(
      'Cannot set the severity of TG0O5: there is no such rule, the nearest is TG005',
    )
    await database.close()
  })
}
