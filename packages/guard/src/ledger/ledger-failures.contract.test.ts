import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Actor } from '@tidegate/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openPglite } from '../edge/sql/pglite-database.ts'
import { installOutbox } from '../outbox/install-outbox.ts'
import type { SqlDatabase } from '../sql.ts'
import {
  aCause,
  accountNames,
  aLedger,
  aProposal,
  aReport,
  NOW_MS,
  resources,
  sightingsOf,
} from '../testing/a-ledger.ts'
import { openMemoryPglite, preparedImage } from '../testing/memory-pglite.ts'

const ADA = Actor.parse('ada')

test('G2: a ledger on disk, closed and opened again, has its epoch, keys, modes and signals', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-ledger-'))
  const dataDir = path.join(folder, 'data')
  try {
    const before = await openPglite(dataDir, { image: await preparedImage() })
    const ledger = await aLedger(before)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    await ledger.setModes({ clientMode: 'observe', reason: 'first days' }, ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    const snapshot = await ledger.snapshot(null)
    await before.close()

    const after = await openPglite(dataDir)
    const again = await aLedger(after)
    expect(await again.readEpoch(NOW_MS)).toEqual({ epoch: snapshot?.epoch, begun: null })
    expect(again.tagKey).toEqual(ledger.tagKey)
    expect(await again.snapshot(null)).toEqual(snapshot)
    expect(await again.judge(NOW_MS)).toEqual({ judgedSignalCount: 1 })
    await after.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('what fails keeps nothing else waiting', () => {
  let database: SqlDatabase
  let app: SqlDatabase
  beforeEach(async () => {
    database = await openMemoryPglite('ledger-tables')
    app = await openMemoryPglite()
    await installOutbox(database)
    await installOutbox(app)
  })
  afterEach(async () => {
    await database.close()
    await app.close()
  })

  test('an outbox that is gone is told, and the others are taken in and judged', async () => {
    const outboxes = [
      { name: 'gone', database: app },
      { name: 'here', database },
    ]
    const ledger = await aLedger(database, { outboxes })
    await database.query(`SELECT tidegate.propose(cause => 'labels-2023-07', account => 'a00001')`)
    await app.script('DROP SCHEMA tidegate CASCADE')
    await expect(ledger.judge(NOW_MS)).rejects.toThrow('1 failed')
    expect((await ledger.snapshot(null))?.signals).toHaveLength(1)
  })

  test('an account that the host cannot place is told, and stops only its own signal', async () => {
    const ledger = await aLedger(database)
    await ledger.propose(aProposal({ accountIds: ['nowhere'] }), ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    await expect(ledger.judge(NOW_MS)).rejects.toThrow('1 failed')
    expect((await ledger.snapshot(null))?.signals).toHaveLength(1)
  })

  test('what stands behind any number of signals that cannot be judged is judged all the same', async () => {
    const ledger = await aLedger(database)
    for (let at = 0; at < 5; at++) await ledger.propose(aProposal({ accountIds: ['nowhere'] }), ADA, NOW_MS)
    await ledger.propose(aProposal(), ADA, NOW_MS)
    await expect(ledger.judge(NOW_MS, 3)).rejects.toThrow('5 failed')
    expect((await ledger.snapshot(null))?.signals).toHaveLength(1)
  })

  test('a client whose account the host cannot place keeps no other out of the registry, and no report from being written', async () => {
    const ledger = await aLedger(database)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const { signalId } = await ledger.propose(aProposal(), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    await ledger.recordSightings(sightingsOf(['nowhere', ...accountNames(5)]), NOW_MS)
    expect((await ledger.overview(NOW_MS)).activeAccountCount).toBe(5)
    const reports = [aReport('nowhere', signalId), aReport('a00001', signalId)]
    expect(await ledger.recordReports(reports, NOW_MS)).toEqual([false, true])
  })

  test.each([
    ['no resource', { resources: { ...resources, resources: [] } }, 'at least one resource is required'],
    [
      'a setting below zero',
      { settings: { resetSpacingMs: -1 } },
      'resetSpacingMs must be an integer of at least 0, got -1',
    ],
  ])('%s is refused at once', async (_what, options, message) => {
    await expect(aLedger(database, options)).rejects.toThrow(message)
  })

  test('two outboxes of one name, and a database without an outbox, are refused at once', async () => {
    const twice = [
      { name: 'app', database },
      { name: 'app', database: app },
    ]
    await expect(aLedger(database, { outboxes: twice })).rejects.toThrow('outbox names must differ')
    await app.script('DROP SCHEMA tidegate CASCADE')
    await expect(aLedger(database, { outboxes: [{ name: 'app', database: app }] })).rejects.toThrow(
      'run installOutbox in the database of outbox app first',
    )
  })
})
