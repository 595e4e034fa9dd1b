import { type Credit, EmitWindow, Manifest } from '@tidegate/protocol'
import { grantCredit, grantGlobalCredit, leftOfBoth, type Spending } from '../core/credit.ts'
import type { ProposedSignal, VerdictFacts } from '../core/rules/rule.ts'
import type { Sql } from '../sql.ts'
import { type CauseRow, creditOf, noteUnregisteredCause, readCause } from './causes.ts'
import { readEmitted } from './emitted.ts'
import type { LedgerContext } from './ledger-context.ts'
import { type LedgerRow, setGlobalCredit } from './ledger-row.ts'
import { readAudience } from './read-audience.ts'
import { countActiveAccounts } from './registry.ts'
import { readResourceLoads } from './resource-loads.ts'
import type { WaitingRow } from './waiting-row.ts'

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
  const limits = { signalId: row.signal_id, ...leftOfBoth({ credit, spent }, global) }
  const audience = await readAudience(sql, context, row, { limits, nowMs })
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
      revoked: revokedOf(cause),
      ...(await readEmitted(sql, row, { nowMs, settings, audience })),
    },
    global,
    audience,
    loads,
  }
}

function revokedOf(cause: CauseRow): VerdictFacts['cause']['revoked'] {
  if (cause.revoked_at_ms === null) return null
  return { atMs: cause.revoked_at_ms, by: cause.revoked_by ?? '', because: cause.revoked_because ?? '' }
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

/**
 * What signals that nobody approved have in force by name, or would have while the guard observes. Few have any:
 * `signal_spending` knows them.
 */
export async function readSpending(sql: Sql, where: string, parameters: readonly unknown[] = []): Promise<Spending> {
  const rows = await sql.query<{ account_count: number; resource_id: string; predicted_bytes: number }>(
    `WITH spent AS (
       SELECT account_id, resource_id, predicted_bytes
       FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE approved_at_ms IS NULL AND named_account_count > 0 AND ${where}
       UNION ALL
       SELECT account_id, resource_id, predicted_bytes
       FROM tidegate_ledger.observed_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE approved_at_ms IS NULL AND ${where}
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
