import { Actor } from '@tidegate/protocol'
import type { ExpectStatic } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import { installOutbox } from '../outbox/install-outbox.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, NOW_MS, sightingsOf } from './a-ledger.ts'
import type { TestRunner } from './test-runner.ts'

const ADA = Actor.parse('ada')
const everyName = accountNames(5000)

type RaceRunner = Pick<TestRunner, 'test'> & { readonly expect: ExpectStatic }

/** What holds when several nodes work on one ledger at once, as tests. */
export function raceContract({ test, expect }: RaceRunner, openDatabase: () => Promise<SqlDatabase>): void {
  async function nodesOn(database: SqlDatabase, count: number): Promise<Ledger[]> {
    await installOutbox(database)
    return Promise.all(
      Array.from({ length: count }, () => aLedger(database, { outboxes: [{ name: 'app', database }] })),
    )
  }

  async function inForceByName(node: Ledger | undefined): Promise<string[]> {
    return ((await node?.snapshot(null))?.signals ?? []).flatMap((signal) => [...signal.namedAccounts])
  }

  test('G1: ten causes race over the same five thousand accounts, and exactly the global credit is in force', async () => {
    const database = await openDatabase()
    const nodes = await nodesOn(database, 4)
    await nodes[0]?.recordSightings(sightingsOf(everyName), NOW_MS)
    for (let at = 0; at < 10; at++) {
      await nodes[0]?.registerCause(aCause(`cause-${at}`), ADA, NOW_MS)
      await database.query(
        `SELECT tidegate.propose(cause => $1, accounts => $2, action => 'refetch', reason => 'all of it', expires_in => '7 days')`,
        [`cause-${at}`, everyName],
      )
    }
    await Promise.all(nodes.map((node) => node.judge(NOW_MS)))
    await nodes[0]?.judge(NOW_MS)
    const named = await inForceByName(nodes[1])
    expect(named).toHaveLength(100)
    expect(new Set(named).size).toBe(100)
    const overview = await nodes[2]?.overview(NOW_MS)
    expect(overview).toMatchObject({ globalCredit: { accountCount: 100 }, globalCreditSpentAccountCount: 100 })
    expect(overview?.causes.map((cause) => cause.creditSpentAccountCount).sort((left, right) => left - right)).toEqual([
      0, 0, 0, 0, 0, 20, 20, 20, 20, 20,
    ])
    const held = overview?.causes.flatMap((cause) => cause.signals).map((signal) => signal.verdict.kind)
    expect(held).toEqual(Array.from({ length: 10 }, () => 'hold'))
    await database.close()
  })

  test('G1: one cause that proposes from many nodes at once spends one credit', async () => {
    const database = await openDatabase()
    const nodes = await nodesOn(database, 4)
    await nodes[0]?.registerCause(aCause(), ADA, NOW_MS)
    const proposals = Array.from({ length: 24 }, (_, at) => aProposal({ accountIds: accountNames(7, at * 7) }))
    await Promise.all(
      proposals.map(async (proposal, at) => {
        await nodes[at % 4]?.propose(proposal, ADA, NOW_MS)
        await nodes[at % 4]?.judge(NOW_MS)
      }),
    )
    await nodes[0]?.judge(NOW_MS)
    expect(new Set(await inForceByName(nodes[0])).size).toBe(20)
    expect(await database.query(`SELECT 1 FROM tidegate_ledger.event WHERE kind = 'signal-judged'`)).toHaveLength(24)
    expect(await nodes[1]?.audit({})).toMatchObject({ isIntact: true, eventCount: 25 })
    await database.close()
  })

  test('G2: the same proposal sent to every node at once is one signal', async () => {
    const database = await openDatabase()
    const nodes = await nodesOn(database, 4)
    const proposal = aProposal()
    const answers = await Promise.all(nodes.map((node) => node.propose(proposal, ADA, NOW_MS)))
    expect(answers.filter((answer) => answer.isNew)).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.signalId)).size).toBe(1)
    await database.close()
  })

  test('G3: of an approval and a revoke that race, the revoke has the last word', async () => {
    const database = await openDatabase()
    const nodes = await nodesOn(database, 2)
    await nodes[0]?.registerCause(aCause(), ADA, NOW_MS)
    const answer = await nodes[0]?.propose(aProposal({ accountIds: accountNames(50) }), ADA, NOW_MS)
    await nodes[0]?.judge(NOW_MS)
    const target = { kind: 'signal', signalId: answer?.signalId ?? expect.fail() } as const
    await Promise.allSettled([
      nodes[0]?.approve({ target, plan: aPlan(), reason: 'fine' }, ADA, NOW_MS),
      nodes[1]?.revoke({ target, reason: 'a bug' }, ADA, NOW_MS),
    ])
    expect((await nodes[0]?.snapshot(null))?.signals).toEqual([])
    await database.close()
  })

  test('J10, G3: whatever a cause emits while it is revoked, nothing of it is in force afterwards, until somebody approves', async () => {
    const [database, foreign] = [await openDatabase(), await openDatabase()]
    await installOutbox(database)
    await installOutbox(foreign)
    const outboxes = [
      { name: 'app', database },
      { name: 'other-app', database: foreign },
    ]
    const nodes = await Promise.all([1, 2, 3].map(() => aLedger(database, { outboxes })))
    const [node] = nodes
    if (!node) return expect.fail()
    await node.registerCause(aCause(), ADA, NOW_MS)
    await node.recordSightings(sightingsOf(everyName.slice(0, 100)), NOW_MS)
    const emit = (into: SqlDatabase, at: number) =>
      into.query(
        `SELECT tidegate.propose(cause => 'labels-2023-07', accounts => $1, collections => ARRAY['messages'],
           reason => 'labels were renumbered', expires_in => '7 days')`,
        [[everyName[at]]],
      )
    await emit(database, 0)
    await node.judge(NOW_MS)
    expect(await inForceByName(node)).toHaveLength(1)

    const target = { kind: 'cause', causeId: aCause().causeId } as const
    // Both databases emit on, and every node judges, while the cause is revoked.
    await Promise.all([
      ...[1, 2, 3, 4].map((at) => emit(database, at)),
      ...[5, 6, 7, 8].map((at) => emit(foreign, at)),
      ...nodes.map((each) => each.judge(NOW_MS)),
      nodes[1]?.revoke({ target, reason: 'it tells everybody to reset' }, ADA, NOW_MS),
      ...nodes.map((each) => each.judge(NOW_MS)),
    ])
    await emit(database, 9)
    await emit(foreign, 10)
    await Promise.all(nodes.map((each) => each.judge(NOW_MS)))
    await node.judge(NOW_MS)
    expect(await inForceByName(node)).toEqual([])
    const held = (await node.overview(NOW_MS)).causes.flatMap(({ signals }) =>
      signals.filter(({ state }) => state === 'held'),
    )
    expect(held.length).toBeGreaterThanOrEqual(2)
    for (const { verdict } of held) expect(verdict.findings.map(({ ruleId }) => ruleId)).toContain('TG023')

    await node.approve({ target, plan: aPlan(), reason: 'the emitter was repaired' }, ADA, NOW_MS)
    await emit(foreign, 11)
    await node.judge(NOW_MS)
    expect(await inForceByName(node)).toEqual([everyName[11]])
    await foreign.close()
    await database.close()
  })

  test('batches of sightings and reports in opposite orders do not wait for each other for ever', async () => {
    const database = await openDatabase()
    const nodes = await nodesOn(database, 4)
    const names = accountNames(400)
    await Promise.all(
      Array.from({ length: 12 }, (_, round) => {
        const order = round % 2 === 0 ? names : [...names].reverse()
        return nodes[round % 4]?.recordSightings(sightingsOf(order, 1000 * 2 ** round), NOW_MS + round)
      }),
    )
    expect(await nodes[0]?.overview(NOW_MS)).toMatchObject({ activeClientCount: 400 })
    await database.close()
  })
}
