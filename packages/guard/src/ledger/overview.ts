import {
  Actor,
  CauseId,
  CauseKind,
  type CauseStatus,
  type Credit,
  cohort,
  EmitWindow,
  ResourceId,
  ResyncOutcome,
  type SignalStatus,
  type SignalTotals,
} from '@tidegate/protocol'
import { grantCredit, grantGlobalCredit } from '../core/credit.ts'
import { isReleasedTo } from '../core/in-force.ts'
import { LargeAudience } from '../core/large-audience.ts'
import type { LedgerOverview } from '../core/ledger.ts'
import { SwitchBoard } from '../core/switches/switch-board.ts'
import { toldDurationMs } from '../core/told-duration.ts'
import type { Sql } from '../sql.ts'
import type { AccountSet, AccountSets } from './account-sets.ts'
import { type CauseRow, creditOf } from './causes.ts'
import type { LedgerContext } from './ledger-context.ts'
import { readLedgerRow } from './ledger-row.ts'
import { countActiveAccounts } from './registry.ts'
import { parseSignalRows, progressOf, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'
import { readSignalTotals } from './signal-totals.ts'
import { NO_ACCOUNTS, recordOf } from './snapshot.ts'
import { readSwitches } from './switches.ts'
import { readSpending } from './verdict-facts.ts'

/** As many signals as one answer lists. */
const SIGNAL_LIMIT = 1000

/**
 * Those in force for somebody first, then others that are live, then those that ended. Causes take turns, newest first,
 * so that thousands of signals of one push out no signal of another.
 */
const SELECT_LISTED = `
  WITH ranked AS (
    SELECT signal_no, cause_id, CASE
      WHEN state NOT IN ('held', 'released', 'paused') THEN 2
      WHEN expires_at_ms > $1 AND (named_account_count > 0 OR approved_at_ms IS NOT NULL) THEN 0
      ELSE 1 END AS rank
    FROM tidegate_ledger.signal WHERE state <> 'waiting'
  ), placed AS (
    SELECT signal_no, rank, row_number() OVER (PARTITION BY cause_id, rank ORDER BY signal_no DESC) AS place FROM ranked
  ), listed AS (
    SELECT signal_no, rank FROM placed ORDER BY rank, place, signal_no DESC LIMIT $2
  )
  ${SELECT_SIGNALS} JOIN listed USING (signal_no) ORDER BY rank, signal_no DESC`

export function overview(context: LedgerContext, sets: AccountSets, nowMs: number): Promise<LedgerOverview> {
  return context.database.transaction(
    async (sql) => {
      const ledger = await readLedgerRow(sql)
      const rows = parseSignalRows(await sql.query(SELECT_LISTED, [nowMs, SIGNAL_LIMIT]))
      const approved = parseSignalRows(
        await sql.query(
          `${SELECT_SIGNALS} WHERE approved_at_ms IS NOT NULL AND state IN ('released', 'paused') AND expires_at_ms > $1`,
          [nowMs],
        ),
      )
      const live = rows.filter((row) => row.state === 'held' || row.state === 'released' || row.state === 'paused')
      const accounts = await sets.of(sql, [...live, ...approved], 'keep')
      const reports = await readReportCounts(sql, rows)
      const statuses = rows.map((row) => statusOf(row, accounts.get(row.signal_id), reports.get(row.signal_id), nowMs))
      const approvedCounts = approved.map((row) => ({
        causeId: row.cause_id,
        state: row.state,
        inForceAccountCount: countInForce(row, accounts.get(row.signal_id) ?? NO_ACCOUNTS),
      }))
      const activeAccountCount = await countActiveAccounts(sql, nowMs, context.settings)
      return {
        epoch: ledger.epoch,
        revision: ledger.revision,
        modes: { guardMode: ledger.guardMode, clientMode: ledger.clientMode },
        activeAccountCount,
        ...(await readRegistry(sql, context, nowMs)),
        globalCredit: ledger.globalCredit ?? firstGlobalCredit(context, activeAccountCount),
        globalCreditSpentAccountCount: (await readSpending(sql, "state IN ('held', 'released')")).accountCount,
        switches: new SwitchBoard(await readSwitches(sql)).inForce(nowMs),
        causes: await readCauses(sql, statuses, await readSignalTotals(sql, nowMs, approvedCounts)),
      }
    },
    { isolation: 'repeatable read' },
  )
}

/** What would be granted now, where no verdict has needed it yet. */
function firstGlobalCredit(context: LedgerContext, activeAccountCount: number): Credit {
  const { resources, settings } = context
  const credit = grantCredit({ activeAccountCount, resources: resources.resources, settings })
  return grantGlobalCredit(credit, settings.globalCreditFactor)
}

async function readRegistry(sql: Sql, context: LedgerContext, nowMs: number) {
  const rows = await sql.query<{ resource_id: string; accounts: number; clients: number }>(
    `SELECT resource_id, count(DISTINCT account_id) AS accounts, count(*) AS clients
     FROM tidegate_ledger.client WHERE seen_at_ms > $1 GROUP BY resource_id`,
    [nowMs - context.settings.activeForMs],
  )
  return {
    activeClientCount: rows.reduce((sum, row) => sum + row.clients, 0),
    activeAccountsByResource: new Map(rows.map((row) => [ResourceId.parse(row.resource_id), row.accounts])),
  }
}

async function readCauses(
  sql: Sql,
  statuses: readonly SignalStatus[],
  totals: ReadonlyMap<CauseId, SignalTotals[]>,
): Promise<CauseStatus[]> {
  const rows = await sql.query<CauseRow & { spent_account_count: number }>(
    `SELECT cause.*, coalesce(spent.account_count, 0) AS spent_account_count
     FROM tidegate_ledger.cause
     LEFT JOIN (
       SELECT cause_id, count(DISTINCT account_id) AS account_count FROM (
         SELECT cause_id, account_id FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
         WHERE approved_at_ms IS NULL AND named_account_count > 0
         UNION ALL
         SELECT cause_id, account_id FROM tidegate_ledger.observed_account JOIN tidegate_ledger.signal USING (signal_no)
         WHERE approved_at_ms IS NULL
       ) AS unapproved GROUP BY cause_id
     ) AS spent USING (cause_id)
     LEFT JOIN (SELECT cause_id, max(signal_no) AS newest FROM tidegate_ledger.signal GROUP BY cause_id) AS latest USING (cause_id)
     ORDER BY newest DESC NULLS LAST, cause_id LIMIT 1000`,
  )
  return rows.map((row) => ({
    cause: {
      causeId: CauseId.parse(row.cause_id),
      kind: CauseKind.parse(row.kind),
      title: row.title,
      owner: Actor.parse(row.owner),
      ...(row.emit_window !== null && { window: EmitWindow.parse(row.emit_window) }),
    },
    isRegistered: row.is_registered,
    credit: creditOf(row),
    creditSpentAccountCount: row.spent_account_count,
    totals: totals.get(CauseId.parse(row.cause_id)) ?? [],
    signals: statuses.filter((status) => status.causeId === row.cause_id),
  }))
}

type ReportCounts = Record<ResyncOutcome, number>

/** Clients by what they told: the guard and the client both write a beginning down, and one that was interrupted may stop twice. */
async function readReportCounts(sql: Sql, rows: readonly SignalRow[]): Promise<Map<string, ReportCounts>> {
  const counts = await sql.query<{ signal_id: string; outcome: string; client_count: number }>(
    `SELECT signal_id, outcome, count(DISTINCT (account_id, client_id)) AS client_count FROM tidegate_ledger.report
     WHERE signal_id = ANY($1::text[]) GROUP BY signal_id, outcome`,
    [rows.map((row) => row.signal_id)],
  )
  const bySignal = new Map(rows.map((row): [string, ReportCounts] => [row.signal_id, noReports()]))
  for (const row of counts) {
    const ofSignal = bySignal.get(row.signal_id)
    if (ofSignal) ofSignal[ResyncOutcome.parse(row.outcome)] = row.client_count
  }
  return bySignal
}

function noReports(): ReportCounts {
  return { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 }
}

function statusOf(
  row: SignalRow,
  accounts: AccountSet | undefined,
  reports: ReportCounts | undefined,
  nowMs: number,
): SignalStatus {
  const release = progressOf(row)
  return {
    signalId: row.signal_id,
    causeId: row.cause_id,
    state: row.state,
    ...(row.superseded_by_id !== null && { supersededBy: row.superseded_by_id }),
    action: row.action,
    scope: row.scope,
    reason: row.reason,
    proposedAtMs: Math.max(0, row.proposed_at_ms),
    expiresInMs: toldDurationMs(row.expires_at_ms - nowMs),
    verdict: row.verdict,
    audienceAccountCount: row.audience_account_count,
    inForceAccountCount: accounts && row.expires_at_ms > nowMs ? countInForce(row, accounts) : 0,
    predicted: row.predicted.slice(0, 1024).map((each) => ({ ...each, resourceId: ResourceId.parse(each.resourceId) })),
    release: release && {
      plan: release.plan,
      stageIndex: release.stageIndex,
      stageShare: release.plan.stages[release.stageIndex]?.share ?? 1,
      stageStartedAgoMs: toldDurationMs(nowMs - (release.stageStartsAtMs.at(-1) ?? nowMs)),
      gateOutcome: release.gateOutcome,
      ...(release.gateBecause !== null && { gateBecause: release.gateBecause }),
      approvedBy: row.approved_by ?? '',
      approvedBecause: row.approved_because ?? '',
    },
    reports: reports ?? noReports(),
  }
}

/** Exact for named accounts; for everyone, the share of those the registry knew at the verdict. */
function countInForce(row: SignalRow, accounts: AccountSet): number {
  const record = recordOf(row, accounts)
  const share = record.release?.plan.stages[record.release.stageIndex]?.share ?? 0
  const { audienceAccounts, namedAccounts } = accounts
  if (audienceAccounts === null) return Math.max(namedAccounts.size, Math.round(share * row.audience_account_count))
  if (audienceAccounts instanceof LargeAudience) {
    const { from, below } = record.filter.cohorts ?? { from: 0, below: 1 }
    const inStage = (place: number) => place >= from && place < Math.min(below, share)
    const early = [...namedAccounts].filter((accountId) => !inStage(cohort(record.signalId, accountId)))
    return audienceAccounts.countInCohorts(from, Math.min(below, share)) + early.length
  }
  let count = 0
  for (const accountId of new Set([...audienceAccounts, ...namedAccounts])) if (isReleasedTo(record, accountId)) count++
  return count
}
