import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CapacityStore, createGuard, openCapacityStore, openLedger } from '@tidegate/guard'
import { openPostgres } from '@tidegate/guard/postgres'
import { AccountId } from '@tidegate/protocol'
import {
  CLIENTS_PER_NODE,
  FLEET_RESOURCES,
  type NodeFigures,
  type NodePlan,
  SLOT_COUNT,
  STORE_DEADLINE_MS,
  type ToNode,
} from './fleet-plan.ts'
import { type Arrival, saturate } from './saturating-client.ts'
import { standInSource } from './stand-in-source.ts'

// One node of a fleet as a process of its own, with clients in it that never have enough.
const plan: NodePlan = JSON.parse(process.argv[2] ?? '')

// Before anything keeps hold of it: the machine's time of day, which somebody may set.
const systemNowMs = Date.now
let steppedByMs = 0
Date.now = () => systemNowMs() + steppedByMs

const HEARD_WITHIN_MS = 2_000
let tellHeard: () => void
const heard = new Promise<void>((resolve) => {
  tellHeard = resolve
})
const askedAtMs: number[] = []
let longestDecisionMs = 0
let decisionCount = 0
let slowDecisionCount = 0

const ledgerDatabase = openPostgres({ connectionString: plan.ledger, config: { max: 2 } })
const ledger = await openLedger({ database: ledgerDatabase, resources: FLEET_RESOURCES, newId: randomUUID })
const inner = standInSource(plan.storage)
/** Calls that are not decided yet, by account: each client makes one at a time. */
const undecided = new Map<string, number>()
const guard = await createGuard({
  ledger,
  // Here a page was decided on: what comes now is reading.
  source: {
    ...inner,
    fetch(accountId, ...given) {
      decided(accountId)
      return inner.fetch(accountId, ...given)
    },
  },
  resources: FLEET_RESOURCES,
  settings: { maxShareOfResource: 1 },
  fleet: { store: capacityStore(), slot: plan.slot, slotCount: SLOT_COUNT },
  log: () => undefined,
})
guard.start()
process.on('message', (message: ToNode) => {
  if (message.kind === 'step-clock') {
    steppedByMs += message.byMs
    return
  }
  const { user, system } = process.cpuUsage()
  const figures: NodeFigures = {
    cpuMs: (user + system) / 1000,
    askedAtMs,
    longestDecisionMs,
    decisionCount,
    slowDecisionCount,
  }
  longestDecisionMs = decisionCount = slowDecisionCount = 0
  process.send?.(figures)
})
process.on('SIGTERM', async () => {
  await guard[Symbol.asyncDispose]()
  process.exit(0)
})
process.on('disconnect', () => process.exit(0))
// Whoever finds a node that was given nothing yet is sent away for a minute: a balancer waits for it, for a while.
await Promise.race([heard, sleep(HEARD_WITHIN_MS)])
let arrivalCount = 0
for (let place = 0; place < CLIENTS_PER_NODE; place++) void saturate(arrive)
process.send?.('started')

/** Somebody new, whose calls are timed until they are decided. */
function arrive(): Arrival {
  const clientId = `node-${plan.slot}-client-${++arrivalCount}`
  const api = guard.api({ kind: 'client', accountId: AccountId.parse(clientId) })
  const timed = async <Answer>(call: () => Promise<Answer>) => {
    undecided.set(clientId, performance.now())
    try {
      return await call()
    } finally {
      decided(clientId)
    }
  }
  return {
    clientId,
    api: {
      requestLease: (ask) => timed(() => api.requestLease(ask)),
      renewLease: (renewal) => timed(() => api.renewLease(renewal)),
      endLease: (end) => timed(() => api.endLease(end)),
      fetch: (page) => timed(() => api.fetch(page)),
    },
  }
}

/** What is refused, or answered without the storage, is decided when it is answered; a page when its reading begins. */
function decided(accountId: string): void {
  const beganAtMs = undecided.get(accountId)
  if (beganAtMs === undefined) return
  undecided.delete(accountId)
  decisionCount += 1
  const tookMs = performance.now() - beganAtMs
  longestDecisionMs = Math.max(longestDecisionMs, tookMs)
  if (tookMs > STORE_DEADLINE_MS) slowDecisionCount += 1
}

/** Opened at the first exchange that reaches it, so that a node starts although it is down; each exchange is noted. */
function capacityStore(): CapacityStore {
  const database = openPostgres({
    connectionString: plan.capacity,
    config: { max: 2, query_timeout: 1_000, connectionTimeoutMillis: 1_000 },
  })
  let opening: Promise<CapacityStore> | null = null
  return {
    async exchange(ask) {
      askedAtMs.push(performance.now())
      opening ??= openCapacityStore({ database })
      const store = await opening.catch((error: unknown) => {
        opening = null
        throw error
      })
      const answer = await store.exchange(ask)
      // Once the node has taken it in.
      setImmediate(() => tellHeard())
      return answer
    },
  }
}
