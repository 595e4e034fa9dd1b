import { installOutbox, type Ledger, openLedger } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { openMemoryPglite } from '@tidegate/guard/testing'
import {
  AccountId,
  Actor,
  Approve,
  AppVersion,
  Cause,
  ClientClass,
  ClientId,
  Denied,
  describeDenial,
  ResourceId,
  Revoke,
} from '@tidegate/protocol'
import { causeReport } from '@tidegate-apps/cli/status-text'
import type { Example, Step } from './example.ts'

const ADA = Actor.parse('ada')
const OLGA = Actor.parse('olga')
/** 25 July 2023, 11:40:30 UTC: half a minute in, so that no rounding depends on how long a step took. */
const JULY_MS = 1_690_285_230_500
const SHARDS = [0, 1, 2, 3].map((at) => ResourceId.parse(`shard-${at}`))
const CAPACITY = 100_000_000

/** The application's accounts, and what their clients hold: ordinary ones, archives and vaults. */
const FLEET = [
  { name: 'account', count: 5_000, cachedBytes: 4_800_000 },
  { name: 'archive', count: 64, cachedBytes: 120_000_000 },
  { name: 'vault', count: 160, cachedBytes: 5_000_000_000 },
] as const
/** Accounts whose client is a bridge; everybody else reads in the browser. */
const BRIDGES = 12

/** @returns what `tidegate holds` says of the example's cause, or what the denied approval said */
export async function runExample({ steps, causeId, settings, startMs = JULY_MS }: Example): Promise<string[]> {
  const database = await openMemoryPglite()
  try {
    await createFleet(database)
    let count = 0
    const ledger = await openLedger({
      database,
      outboxes: [{ name: 'mailbox', database }],
      resources: {
        resources: SHARDS.map((resourceId) => ({ resourceId, capacityBytesPerSecond: CAPACITY })),
        resourceOf: (accountId) => SHARDS[Number(/\d+$/.exec(accountId)?.[0] ?? 0) % SHARDS.length] ?? shard(),
      },
      newId: () => `signal-${count++}`,
      ...(settings && { settings }),
    })
    await seeFleet(ledger, startMs)
    let nowMs = startMs
    for (const step of steps) {
      if (step.kind === 'wait') nowMs += step.ms
      const denied = await take(step, { database, ledger, nowMs })
      if (denied) return [`tidegate: Denied: ${describeDenial(denied.denial)}`]
    }
    const { causes } = await ledger.overview(nowMs)
    const cause = causes.find((status) => status.cause.causeId === causeId)
    if (!cause) throw new Error(`the example of ${causeId} proposed nothing`)
    return causeReport(cause, 'enforce')
  } finally {
    await database.close()
  }
}

async function take(
  step: Step,
  { database, ledger, nowMs }: { database: SqlDatabase; ledger: Ledger; nowMs: number },
): Promise<Denied | null> {
  if (step.kind === 'register') {
    const { causeId } = step.cause
    await ledger.registerCause(
      Cause.parse({ kind: 'migration', title: `Migration ${causeId}`, owner: 'ada', ...step.cause }),
      ADA,
      nowMs,
    )
  }
  if (step.kind === 'migrate') {
    await database.script(step.sql)
    await ledger.judge(nowMs)
  }
  if (step.kind === 'revoke') {
    const target = { kind: 'cause', causeId: step.causeId }
    await ledger.revoke(Revoke.parse({ target, reason: step.reason }), OLGA, nowMs)
  }
  if (step.kind === 'approve') {
    const target = { kind: 'cause', causeId: step.causeId }
    try {
      await ledger.approve(Approve.parse({ target, plan: step.plan, reason: 'canaries were consistent' }), OLGA, nowMs)
    } catch (error) {
      if (error instanceof Denied) return error
      throw error
    }
  }
  return null
}

async function createFleet(database: SqlDatabase): Promise<void> {
  await database.script(`
    CREATE SCHEMA mailbox;
    CREATE TABLE mailbox.account (account_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id text NOT NULL, kind text NOT NULL);
    ${FLEET.map(({ name, count }) => `INSERT INTO mailbox.account (account_id, kind) SELECT '${name}-' || n, '${name}' FROM generate_series(1, ${count}) AS n;`).join('\n')}
  `)
  await installOutbox(database)
}

async function seeFleet(ledger: Ledger, nowMs: number): Promise<void> {
  const sightings = FLEET.flatMap(({ name, count, cachedBytes }) =>
    Array.from({ length: count }, (_, at) => ({
      accountId: AccountId.parse(`${name}-${at + 1}`),
      client: {
        clientId: ClientId.parse('c1'),
        clientClass: ClientClass.parse(name === 'account' && at < BRIDGES ? 'bridge' : 'web'),
        appVersion: AppVersion.parse('3.4.1'),
      },
      cachedBytes,
    })),
  )
  await ledger.recordSightings(sightings, nowMs)
}

function shard(): never {
  throw new Error('there is no such shard')
}
