import { randomUUID } from 'node:crypto'
import { createGuard, memorySource, openLedger } from '@tidegate/guard'
import { openPostgres } from '@tidegate/guard/postgres'
import { FLEET_SETTINGS, fleetResources } from './guarded-fleet.ts'

// One node of a guard as a process of its own: it judges what the outbox holds until it is killed.
const [connectionString, capacity] = process.argv.slice(2)
if (connectionString === undefined) throw new TypeError('Cannot start: a connection string is required')
const resources = fleetResources({ capacityBytesPerSecond: Number(capacity) })
const database = openPostgres({ connectionString, config: { max: 4 } })
const ledger = await openLedger({
  database,
  outboxes: [{ name: 'app', database }],
  resources,
  settings: FLEET_SETTINGS,
  newId: randomUUID,
})
const source = memorySource({ collections: ['messages'], salt: 'pepper' })
const guard = await createGuard({ ledger, source, resources, settings: { intakeMs: 20 } })
guard.start()
console.log('started')
