import { randomUUID } from 'node:crypto'
import { ResourceId } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { openLedger } from '../ledger/open-ledger.ts'
import { CrashPoint, faultyDatabase } from '../testing/faulty-database.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { movableDatabase } from '../testing/movable-database.ts'
import { createGuard } from './create-guard.ts'
import { MemorySource } from './testing/memory-source.ts'

const resources = {
  resources: [{ resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: 1_000_000 }],
  resourceOf: () => ResourceId.parse('shard-1'),
}

test('a node is ready until its database has been gone for a lease term, again when it is back, and not while it ends (G8)', async () => {
  const real = await openMemoryPglite('ledger-tables')
  const database = movableDatabase(real)
  const clock = new PretendClock(5_000)
  const ledger = await openLedger({ database, resources, newId: randomUUID })
  const guard = await createGuard({ ledger, source: new MemorySource(1, 1), resources, clock, log: () => {} })
  guard.start()
  await clock.advance(1_000)
  expect(guard.health()).toEqual({ isReady: true, reasons: [] })

  database.moveTo(faultyDatabase(real, new CrashPoint(0)))
  await clock.advance(9_000)
  expect(guard.health()).toEqual({ isReady: true, reasons: [] })
  await clock.advance(1_250)
  const { isReady, reasons } = guard.health()
  expect(isReady).toBe(false)
  expect(reasons).toEqual([{ kind: 'ledger-out-of-reach', knowledgeAgeMs: expect.any(Number), limitMs: 10_000 }])

  database.moveTo(real)
  await clock.advance(1_000)
  await expect.poll(() => guard.health()).toEqual({ isReady: true, reasons: [] })

  await guard[Symbol.asyncDispose]()
  expect(guard.health()).toEqual({ isReady: false, reasons: [{ kind: 'disposing' }] })
  await real.close()
})
