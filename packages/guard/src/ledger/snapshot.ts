import type { LedgerSnapshot } from '../core/ledger.ts'
import type { SignalRecord } from '../core/signal-record.ts'
import type { AccountSet, AccountSets } from './account-sets.ts'
import type { LedgerContext } from './ledger-context.ts'
import { readLedgerRow } from './ledger-row.ts'
import { parseSignalRows, progressOf, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'
import { readKeys } from './signing-keys.ts'

/** @returns what a node holds in memory, or null when the ledger is still at `sinceRevision` */
export async function snapshot(
  context: LedgerContext,
  sets: AccountSets,
  sinceRevision: number | null,
): Promise<LedgerSnapshot | null> {
  if (sinceRevision !== null && (await readLedgerRow(context.database)).revision === sinceRevision) return null
  // The first time large audiences are waited for: a node that starts must not tell clients that a signal is over. Later
  // a million accounts that were approved must not keep a node from hearing of a revoke (G3).
  const large = sets.isFresh ? 'wait' : 'later'
  const { underWay, ...told } = await context.database.transaction(
    async (sql) => {
      const { epoch, revision, guardMode, clientMode } = await readLedgerRow(sql)
      const rows = parseSignalRows(
        await sql.query(`${SELECT_SIGNALS} WHERE state IN ('held', 'released', 'paused') ORDER BY signal_no`),
      )
      const accounts = await sets.of(sql, rows, 'forget', large)
      return {
        epoch,
        revision,
        modes: { guardMode, clientMode },
        keys: await readKeys(sql),
        signals: rows.map((row) => recordOf(row, accounts.get(row.signal_id) ?? NO_ACCOUNTS)),
        underWay: rows.filter((row) => accounts.get(row.signal_id)?.isUnderWay),
      }
    },
    { isolation: 'repeatable read' },
  )
  if (underWay.length === 0) return told
  sets.readLater(context.database, underWay)
  return { ...told, isPartial: true }
}

export const NO_ACCOUNTS: AccountSet = { audienceAccounts: new Set(), namedAccounts: new Set() }

export function recordOf(row: SignalRow, accounts: AccountSet): SignalRecord {
  const release = progressOf(row)
  return {
    signalId: row.signal_id,
    version: row.version,
    causeId: row.cause_id,
    causeKind: row.cause_kind,
    causeTitle: row.cause_title,
    action: row.action,
    scope: row.scope,
    reason: row.reason ?? '',
    state: row.state,
    filter: row.filter,
    audienceAccounts: accounts.audienceAccounts,
    namedAccounts: accounts.namedAccounts,
    judgedAtMs: row.judged_at_ms,
    expiresAtMs: row.expires_at_ms,
    release: release && {
      plan: release.plan,
      stageIndex: release.stageIndex,
      stageStartsAtMs: release.stageStartsAtMs,
      approvedBy: row.approved_by ?? '',
      approvedBecause: row.approved_because ?? '',
    },
  }
}
