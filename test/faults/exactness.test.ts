import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { installOutbox, type Ledger, openLedger } from '@tidegate/guard'
import { openPostgres } from '@tidegate/guard/postgres'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { hasPostgres, type PostgresServer, startPostgres } from '@tidegate/guard/testing'
import { Actor, Cause, CauseId, type ReleasePlan } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { describe, expect, test } from 'vitest'
import { GuardProcesses } from './exactness/guard-processes.ts'
import { FLEET_SETTINGS, fleetAccounts, fleetResources } from './exactness/guarded-fleet.ts'
import { accountFigures, inForceFigures, waitingCount } from './exactness/in-force-figures.ts'
import { untilDone } from './exactness/until-done.ts'

// Guard processes on a real PostgreSQL, emitters that race, and both killed at random: is it exact all the same? (G1, G2)
const isMillion = process.env.TIDEGATE_TEST_MILLION === '1'
const NODES = isMillion ? 8 : 4
const EMITTERS = isMillion ? 200 : 20
const ACCOUNTS = isMillion ? 1_000_000 : 60_000
const SEVERAL_CAUSES = isMillion ? 50 : 10
/** Of more than a thousand accounts each, so that they are written as pages. */
const BULKS_PER_EMITTER = isMillion ? 4 : 2
/** Between two faults, at most; half of it on average. */
const FAULT_EVERY_MS = isMillion ? 10_000 : 1_500
/** A million accounts wait for two cores: minutes, more of them when the machine has other work. */
const TIMEOUT_MS = 1_800_000
const seed = Number(process.env.TIDEGATE_TEST_SEED ?? randomInt(1_000_000))
const ADA = Actor.parse('ada')
/** Approves: of so many accounts it may not be whoever registered the cause. */
const OLGA = Actor.parse('olga')

/** 20 accounts are a cause's credit, and 360 MB a resource: accounts run out first. */
const ACCOUNTS_RUN_OUT = { capacityBytesPerSecond: 100_000_000 }
/** 36 MB a resource are a cause's credit, four accounts of 9 MB: bytes run out first, at sixteen accounts. */
const BYTES_RUN_OUT = { capacityBytesPerSecond: 10_000_000 }

describe.skipIf(!hasPostgres('Exactness: guard processes on PostgreSQL'))('exactness', { timeout: TIMEOUT_MS }, () => {
  test(`G1, G2: ${NODES} guard processes and ${EMITTERS} emitters that race over one cause are exact, whoever is killed (seed ${seed})`, async () => {
    await using run = await aRun(ACCOUNTS_RUN_OUT, 1)
    await run.emitAndDrain()
    const inForce = await inForceFigures(run.database)
    expect(inForce.causes).toMatchObject([{ accounts: 20, creditAccounts: 20 }])
    await run.expectEachAccountReleasedOnce()
  })

  test(`G1, G2: over ${SEVERAL_CAUSES} causes the bytes in force are the credit of all of them, to the byte (seed ${seed})`, async () => {
    await using run = await aRun(BYTES_RUN_OUT, SEVERAL_CAUSES)
    await run.emitAndDrain()
    const inForce = await inForceFigures(run.database)
    expect(inForce.bytesByResource).toEqual([1, 2, 3, 4].map(() => inForce.creditBytes))
    expect(inForce.accounts).toBe(80)
    for (const cause of inForce.causes) {
      expect(cause.accounts).toBeLessThanOrEqual(cause.creditAccounts)
      expect(cause.mostBytes).toBeLessThanOrEqual(cause.creditBytes)
    }
    await run.expectEachAccountReleasedOnce()
  })
})

async function aRun(plan: typeof ACCOUNTS_RUN_OUT, causeCount: number) {
  await using opening = new AsyncDisposableStack()
  // Only processes die here, never the machine: what reached its files is there.
  const server = opening.use(await startPostgres({ fsync: 'off', max_connections: '300' }))
  const { connectionString } = server
  const database = openPostgres({ connectionString, config: { max: 100 } })
  opening.defer(() => database.close())
  await installOutbox(database)
  const resources = fleetResources(plan)
  const ledger = await openLedger({ database, resources, settings: FLEET_SETTINGS, newId: randomUUID })
  const causeIds = Array.from({ length: causeCount }, (_, at) => CauseId.parse(`cause-${at}`))
  for (const causeId of causeIds) {
    const cause = Cause.parse({ causeId, kind: 'migration', title: causeId, owner: 'mail-team' })
    await ledger.registerCause(cause, ADA, Date.now())
  }
  const nodes = opening.use(await GuardProcesses.start(NODES, connectionString, plan))
  const closing = opening.move()

  return {
    database,
    async emitAndDrain() {
      const begunAtMs = Date.now()
      const stop = new AbortController()
      const faults = makeFaults(server, nodes, stop.signal)
      await Promise.all(Array.from({ length: EMITTERS }, (_, at) => emit(database, at, causeIds)))
      while ((await untilDone(() => waitingCount(database))) > 0) await sleep(100)
      stop.abort()
      const faultCounts = await faults
      console.info(`seed ${seed}: drained in ${Date.now() - begunAtMs} ms`, faultCounts, `${nodes.startCount} starts`)
      expect(faultCounts.killCount + faultCounts.crashCount).toBeGreaterThan(0)
    },
    async expectEachAccountReleasedOnce() {
      const told = { told: ACCOUNTS, distinct: ACCOUNTS }
      expect(await accountFigures(database)).toEqual({ ...told, released: 0 })
      nodes.kill(0)
      await Promise.all(causeIds.map((causeId) => approve(ledger, causeId)))
      expect(await accountFigures(database)).toEqual({ ...told, released: ACCOUNTS })
      expect(await ledger.audit({})).toMatchObject({ isIntact: true })
      // A database that crashed and lost nothing is the same ledger.
      expect(await database.query(`SELECT FROM tidegate_ledger.event WHERE kind = 'epoch-begun'`)).toEqual([])
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** Tells its share of the accounts, in a few bulks; each again under its key until it was acknowledged. */
async function emit(database: SqlDatabase, emitter: number, causeIds: readonly CauseId[]): Promise<void> {
  const share = ACCOUNTS / EMITTERS / BULKS_PER_EMITTER
  for (let bulk = 0; bulk < BULKS_PER_EMITTER; bulk++) {
    const place = bulk * EMITTERS + emitter
    const given = [causeIds[place % causeIds.length], fleetAccounts(place * share, share), `bulk-${place}`]
    await untilDone(() =>
      database.query(
        `SELECT tidegate.propose(cause => $1, accounts => $2, idempotency_key => $3, collections => ARRAY['messages'],
           reason => 'Labels were renumbered', expires_in => '7 days')`,
        given,
      ),
    )
    // Spread over some seconds, so that faults find emitters at every step.
    await sleep((emitter * 97) % 2_000)
  }
}

/** Kills nodes, and crashes or restarts the database, until told to stop; then everything is up again. */
async function makeFaults(server: PostgresServer, nodes: GuardProcesses, signal: AbortSignal) {
  const random = pretendRandom(seed)
  const counts = { killCount: 0, crashCount: 0 }
  while (!signal.aborted) {
    await sleep(FAULT_EVERY_MS * random(), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    if (random() < 0.7) {
      nodes.kill(random())
      counts.killCount += 1
    } else {
      await server.halt(random() < 0.5 ? 'clean' : 'crash')
      await sleep(500 * random())
      await server.resume()
      counts.crashCount += 1
    }
  }
  return counts
}

const ALL_AT_ONCE: ReleasePlan = {
  verifyWindowMs: 0,
  // Long enough for any of the resources to serve it all: what is too short is denied (TG021).
  windowMs: 5 * 86_400_000,
  stages: [{ share: 1, bakeMs: 3_600_000, gate: { minReportCount: 1, maxFailureRatio: 0 } }],
}

function approve(ledger: Ledger, causeId: CauseId) {
  const decision = { target: { kind: 'cause' as const, causeId }, plan: ALL_AT_ONCE, reason: 'the canaries are fine' }
  return untilDone(() => ledger.approve(decision, OLGA, Date.now()))
}
