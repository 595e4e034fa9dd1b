import { Actor, type CauseId, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, NOW_MS, sightingsOf } from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')

onEveryDatabase({ describe, beforeAll, afterAll }, 'Facts of a verdict', 'ledger-tables', factsContract)

function factsContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  async function judged(overrides: Parameters<typeof aProposal>[0]): Promise<SignalId> {
    const { signalId } = await ledger.propose(aProposal(overrides), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    return signalId
  }
  async function namedOf(signalId: SignalId): Promise<string[]> {
    const snapshot = await ledger.snapshot(null)
    return [...(snapshot?.signals.find((signal) => signal.signalId === signalId)?.namedAccounts ?? [])].toSorted()
  }

  // Below and above the number up to which accounts are looked up one by one.
  describe.each([60, 300])('of %i named accounts', (count) => {
    test('those with an active client that the filters let in are asked before all others', async () => {
      const listening = accountNames(12, 20)
      await ledger.recordSightings(sightingsOf(listening, 100_000, '5.0.1'), NOW_MS)
      await ledger.recordSightings(sightingsOf(accountNames(20), 100_000, '4.9.0'), NOW_MS)
      const audience = { appVersions: { atLeast: '5.0.0' } }
      const named = await namedOf(await judged({ accountIds: accountNames(count), audience }))
      expect(named).toHaveLength(20)
      expect(named).toEqual(expect.arrayContaining(listening))
    })

    test('those that another signal has in force, or was approved for today, are left out', async () => {
      await ledger.registerCause(aCause('bodies'), ADA, NOW_MS)
      await ledger.registerCause(aCause('threads'), ADA, NOW_MS)
      await ledger.recordSightings(sightingsOf(accountNames(count)), NOW_MS)
      await judged({ accountIds: accountNames(10), causeId: 'bodies' })
      await judged({ accountIds: accountNames(40, 10), causeId: 'threads' })
      const target = { kind: 'cause', causeId: 'threads' as CauseId } as const // named above
      await ledger.approve({ target, plan: aPlan(), reason: 'fine' }, ADA, NOW_MS)
      const named = await namedOf(await judged({ accountIds: accountNames(count) }))
      expect(named).toHaveLength(Math.min(20, count - 50))
      expect(named.filter((accountId) => accountNames(50).includes(accountId))).toEqual([])
    })
  })
}
