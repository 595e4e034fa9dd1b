import { randomUUID } from 'node:crypto'
import { type Cause, Cause as CauseSchema, Proposal, ReleasePlan, Report, ResourceId } from '@tidegate/protocol'
import type { AccountReport, Ledger, Sighting } from '../core/ledger.ts'
import { type LedgerOptions, openLedger } from '../ledger/open-ledger.ts'
import type { SqlDatabase } from '../sql.ts'

/** Builders for tests on the ledger. Times are small numbers on a clock of the test's own. */

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000
/** When tests begin: far enough from zero that ages may be subtracted. */
export const NOW_MS = 100 * DAY_MS

const RESOURCES = ['shard-0', 'shard-1', 'shard-2', 'shard-3'].map((name) => ResourceId.parse(name))

/** Accounts `a00000`, `a00001`, … live on the four shards in turn. 100 MB/s each: 360 MB of credit per resource. */
export const resources: LedgerOptions['resources'] = {
  resources: RESOURCES.map((resourceId) => ({ resourceId, capacityBytesPerSecond: 100_000_000 })),
  resourceOf: (accountId) => RESOURCES[Number(accountId.slice(1)) % 4] ?? fail(accountId),
}

function fail(accountId: string): never {
  throw new Error(`no shard for ${accountId}`)
}

export function accountNames(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `a${String(from + at).padStart(5, '0')}`)
}

/** Everybody may be let out at once, in any window and by anybody: most tests are about one stage and one person. */
export function aLedger(database: SqlDatabase, options: Partial<LedgerOptions> = {}): Promise<Ledger> {
  const settings = {
    largestUngatedAccountCount: 1_000_000_000,
    longestUnspreadWorkMs: Number.MAX_SAFE_INTEGER,
    ownApprovalCredits: Number.MAX_SAFE_INTEGER,
    ...options.settings,
  }
  return openLedger({ database, resources, newId: randomUUID, ...options, settings })
}

export function aCause(causeId = 'labels-2023-07', overrides: Partial<Cause> = {}): Cause {
  return CauseSchema.parse({ causeId, kind: 'migration', title: `Title of ${causeId}`, owner: 'ada', ...overrides })
}

/** Names 3 accounts unless `accountIds` says others; null is everyone. */
export function aProposal(
  overrides: { causeId?: string; accountIds?: readonly string[] | null; audience?: object } & Record<
    string,
    unknown
  > = {},
): Proposal {
  const { causeId = 'labels-2023-07', accountIds = accountNames(3), audience = {}, ...rest } = overrides
  return Proposal.parse({
    protocol: 1,
    idempotencyKey: randomUUID(),
    causeId,
    scope: { kind: 'collections', collections: [{ collection: 'messages' }] },
    audience: { accounts: accountIds === null ? { kind: 'everyone' } : { kind: 'named', accountIds }, ...audience },
    reason: 'labels were renumbered',
    expiresInMs: 7 * DAY_MS,
    ...rest,
  })
}

export function sightingsOf(
  accountIds: readonly string[],
  cachedBytes: number | null = 100_000,
  version = '5.0.1',
): Sighting[] {
  return accountIds.map((accountId) => ({
    accountId: accountId as Sighting['accountId'], // builders name accounts themselves
    client: {
      clientId: `c-${accountId}` as Sighting['client']['clientId'],
      clientClass: 'web' as Sighting['client']['clientClass'],
      appVersion: version as Sighting['client']['appVersion'],
    },
    cachedBytes,
  }))
}

export function aPlan(
  overrides: { shares?: readonly number[]; bakeMs?: number; minReportCount?: number } = {},
): ReleasePlan {
  const { shares = [0.1, 0.5, 1], bakeMs = 10 * MINUTE_MS, minReportCount = 1 } = overrides
  return ReleasePlan.parse({
    verifyWindowMs: MINUTE_MS,
    windowMs: 10 * MINUTE_MS,
    stages: shares.map((share) => ({ share, bakeMs, gate: { minReportCount, maxFailureRatio: 0.05 } })),
  })
}

export function aReport(accountId: string, signalId: string, overrides: Record<string, unknown> = {}): AccountReport {
  const [sighting] = sightingsOf([accountId])
  const report = Report.parse({
    protocol: 1,
    reportKey: randomUUID(),
    client: sighting?.client,
    signalId,
    outcome: 'resynced',
    fetchedItemCount: 3,
    fetchedBytes: 3000,
    elapsedMs: 500,
    cachedBytes: 100_000,
    ...overrides,
  })
  return { accountId: accountId as AccountReport['accountId'], report } // as above
}
