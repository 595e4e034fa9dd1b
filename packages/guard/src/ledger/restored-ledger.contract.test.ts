import { expect, test } from 'vitest'
import { aCause, accountNames, aLedger, aProposal, NOW_MS, sightingsOf } from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'

test('G1: after a restore from a backup a new signal has its own accounts in force, not those of the one whose number it got', async () => {
  const database = await openMemoryPglite('ledger-tables')
  const ledger = await aLedger(database)
  const by = aCause().owner
  await ledger.recordSightings(sightingsOf(accountNames(10)), NOW_MS)
  await ledger.registerCause(aCause(), by, NOW_MS)
  await ledger.propose(aProposal({ accountIds: accountNames(5) }), by, NOW_MS)
  await ledger.judge(NOW_MS)
  const before = await ledger.snapshot(null)
  expect([...(before?.signals[0]?.namedAccounts ?? [])].toSorted()).toEqual(accountNames(5))

  // The backup is from before the proposal, and another node is the first to propose and judge on it.
  await database.query(
    'TRUNCATE tidegate_ledger.signal, tidegate_ledger.audience_row, tidegate_ledger.named_account RESTART IDENTITY',
  )
  await database.query('UPDATE tidegate_ledger.ledger SET revision = 0')
  const other = await aLedger(database)
  await other.propose(aProposal({ accountIds: accountNames(2, 7) }), by, NOW_MS)
  await other.judge(NOW_MS)

  const after = await ledger.snapshot(before?.revision ?? null)
  expect(after?.signals.map(({ namedAccounts }) => [...namedAccounts].toSorted())).toEqual([accountNames(2, 7)])
  await database.close()
})
