import { AccountId, Action, Audience, type Credit, cohort, EmitWindow, Manifest, Scope } from '@tidegate/protocol'
import { z } from 'zod'
import { audienceFigures } from '../core/audience-tally.ts'
import type { AudienceAccount } from '../core/canaries.ts'
import { grantCredit, grantGlobalCredit, leftOfBoth, type Spending } from '../core/credit.ts'
import type { ProposedSignal, VerdictFacts } from '../core/rules/rule.ts'
import type { Sql } from '../sql.ts'
import { creditOf, noteUnregisteredCause, readCause } from './causes.ts'
import { readEmitted } from './emitted.ts'
import type { LedgerContext } from './ledger-context.ts'
import { type LedgerRow, setGlobalCredit } from './ledger-row.ts'
import { admittedKinds, countActiveAccounts } from './registry.ts'
import { readResourceLoads } from './resource-loads.ts'

/** A signal that waits for its verdict. */
export const WaitingRow = z.object({
  signal_no: z.number(),
  signal_id: z.string(),
  cause_id: z.string(),
  action: Action,
  scope: Scope,
  is_everyone: z.boolean(),
  filter: Audience.omit({ accounts: true }),
  reason: z.string().nullable(),
  expires_in_ms: z.number().nullable(),
  proposal_count: z.number(),
  malformed_because: z.string().nullable(),
  proposed_by: z.string(),
  proposed_at_ms: z.number(),
})
export type WaitingRow = z.infer<typeof WaitingRow>

/** Reads all that a verdict is made of. Only while the ledger is locked, so that nothing of it can move. */
export async function readFacts(
  sql: Sql,
  context: LedgerContext,
  row: WaitingRow,
  ledger: LedgerRow,
  nowMs: number,
): Promise<VerdictFacts> {
  const cause =
    (await readCause(sql, row.cause_id)) ?? (await noteUnregisteredCause(sql, row.cause_id, row.proposed_by))
  const globalSpent = await readSpending(sql, "state IN ('held', 'released')")
  const global = { credit: await globalCredit(sql, context, ledger, globalSpent, nowMs), spent: globalSpent }
  // Whatever became of the signal: a revoke or an expiry gives nothing back, or a cause could go on by twenties.
  const spent = await readSpending(sql, 'cause_id = $1', [row.cause_id])
  const credit = creditOf(cause)
  const audience = audienceFigures(await readAudience(sql, context, row, nowMs), {
    signalId: row.signal_id,
    ...leftOfBoth({ credit, spent }, global),
  })
  const { settings } = context
  const loads = await readResourceLoads(
    sql,
    context,
    row.cause_id,
    audience.byResource.map(({ resourceId }) => resourceId),
  )
  return {
    nowMs,
    settings,
    signal: signalOf(row),
    cause: {
      isRegistered: cause.is_registered,
      manifest: cause.manifest === null ? null : Manifest.parse(cause.manifest),
      window: cause.emit_window === null ? null : EmitWindow.parse(cause.emit_window),
      credit,
      spent,
      ...(await readEmitted(sql, row, { nowMs, settings, audience })),
    },
    global,
    audience,
    loads,
  }
}

function signalOf(row: WaitingRow): ProposedSignal {
  return {
    signalId: row.signal_id,
    causeId: row.cause_id,
    action: row.action,
    scope: row.scope,
    isEveryone: row.is_everyone,
    filter: row.filter,
    reason: row.reason,
    expiresInMs: row.expires_in_ms,
    proposedAtMs: row.proposed_at_ms,
    proposalCount: row.proposal_count,
    malformedBecause: row.malformed_because,
  }
}

/** What signals that nobody approved have in force by name. Few have any: `signal_spending` knows them. */
export async function readSpending(sql: Sql, where: string, parameters: readonly unknown[] = []): Promise<Spending> {
  const rows = await sql.query<{ account_count: number; resource_id: string; predicted_bytes: number }>(
    `WITH spent AS (
       SELECT account_id, resource_id, predicted_bytes
       FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE approved_at_ms IS NULL AND named_account_count > 0 AND ${where}
     )
     SELECT (SELECT count(DISTINCT account_id) FROM spent) AS account_count, resource_id,
       sum(predicted_bytes)::bigint AS predicted_bytes
     FROM spent GROUP BY resource_id`,
    parameters,
  )
  return {
    accountCount: rows[0]?.account_count ?? 0,
    bytesByResource: new Map(rows.map((spent) => [spent.resource_id, spent.predicted_bytes])),
  }
}

/** Granted when nothing is spent, which is before a burst; kept while anything is, so that a burst cannot move it. */
async function globalCredit(
  sql: Sql,
  context: LedgerContext,
  ledger: LedgerRow,
  spent: Spending,
  nowMs: number,
): Promise<Credit> {
  if (ledger.globalCredit && spent.accountCount > 0) return ledger.globalCredit
  const { settings, resources } = context
  const activeAccountCount = await countActiveAccounts(sql, nowMs, settings)
  const credit = grantGlobalCredit(
    grantCredit({ activeAccountCount, resources: resources.resources, settings }),
    settings.globalCreditFactor,
  )
  await setGlobalCredit(sql, credit)
  return credit
}

interface AccountRow {
  readonly account_id: string
  /** Null when none of its clients is active. */
  readonly cached_bytes: number | null
  readonly is_listening: boolean
  readonly is_resting: boolean
}

/** Up to so many named accounts are looked up one by one; of more, one pass over the registry costs less. */
const FEW_ACCOUNTS = 100

/** Whether a column's account is one of the few that are asked for ($4), or all are. */
const isAsked = (column: string) => `($4::text[] IS NULL OR ${column} = ANY($4))`

/** Reset within the spacing, or in force by name without approval. An approved signal counts from its newest stage. */
const RESTING = `
  SELECT account_id FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
  WHERE ${isAsked('account_id')} AND named_account_count > 0
    AND (judged_at_ms > $1 OR (approved_at_ms IS NULL AND state IN ('held', 'released')))
  UNION
  SELECT account_id FROM tidegate_ledger.signal_account JOIN tidegate_ledger.signal USING (signal_no)
  WHERE ${isAsked('account_id')} AND approved_at_ms IS NOT NULL AND (stage_starts_at_ms->>-1)::bigint > $1`

const IS_ADMITTED = `($3::text[] IS NULL OR client_class || ' ' || app_version = ANY($3))`

const NAMED_AUDIENCE = `
  SELECT account_id,
    CASE WHEN count(client_id) > 0 THEN coalesce(sum(cached_bytes) FILTER (WHERE ${IS_ADMITTED}), 0) END::bigint AS cached_bytes,
    count(client_id) FILTER (WHERE ${IS_ADMITTED}) > 0 AS is_listening,
    account_id IN (${RESTING}) AS is_resting
  FROM tidegate_ledger.signal_account AS audience
  LEFT JOIN (
    SELECT * FROM tidegate_ledger.client WHERE seen_at_ms > $2 AND ${isAsked('client.account_id')}
  ) AS active USING (account_id)
  WHERE signal_no = $5 GROUP BY account_id`

const REGISTRY_AUDIENCE = `
  SELECT account_id, sum(cached_bytes)::bigint AS cached_bytes, true AS is_listening, account_id IN (${RESTING}) AS is_resting
  FROM tidegate_ledger.client
  WHERE seen_at_ms > $2 AND ${IS_ADMITTED}
  GROUP BY account_id`

/** @returns the accounts that a signal names when they are few, else null */
async function readFewAccounts(sql: Sql, signalNo: number): Promise<string[] | null> {
  const rows = await sql.query<{ account_id: string }>(
    'SELECT account_id FROM tidegate_ledger.signal_account WHERE signal_no = $1 LIMIT $2',
    [signalNo, FEW_ACCOUNTS + 1],
  )
  return rows.length > FEW_ACCOUNTS ? null : rows.map((row) => row.account_id)
}

async function readAudience(
  sql: Sql,
  context: LedgerContext,
  row: WaitingRow,
  nowMs: number,
): Promise<AudienceAccount[]> {
  const { settings, resources } = context
  const activeAfterMs = nowMs - settings.activeForMs
  const restsAfterMs = nowMs - settings.resetSpacingMs
  const kinds = await admittedKinds(sql, row.filter, activeAfterMs)
  const accounts = row.is_everyone
    ? await sql.query<AccountRow>(REGISTRY_AUDIENCE, [restsAfterMs, activeAfterMs, kinds, null])
    : await sql.query<AccountRow>(NAMED_AUDIENCE, [
        restsAfterMs,
        activeAfterMs,
        kinds,
        await readFewAccounts(sql, row.signal_no),
        row.signal_no,
      ])
  // Counted rather than EXISTS: for that the planner expects an early hit, and reads every signal there ever was.
  const [reset] = await sql.query<{ is_everyone: boolean }>(
    `SELECT count(*) > 0 AS is_everyone FROM tidegate_ledger.signal
     WHERE approved_at_ms IS NOT NULL AND is_everyone AND (stage_starts_at_ms->>-1)::bigint > $1`,
    [restsAfterMs],
  )
  const { cohorts } = row.filter
  const isIn = (accountId: string) => {
    if (!cohorts) return true
    const place = cohort(row.signal_id, accountId)
    return place >= cohorts.from && place < cohorts.below
  }
  return accounts
    .filter((account) => isIn(account.account_id))
    .map((account) => ({
      accountId: account.account_id,
      resourceId: resources.resourceOf(AccountId.parse(account.account_id)),
      predictedBytes: account.cached_bytes ?? settings.unknownAccountBytes,
      isResting: account.is_resting || reset?.is_everyone === true,
      isListening: account.is_listening,
    }))
}
