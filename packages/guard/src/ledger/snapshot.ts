import type { LedgerSnapshot } from '../core/ledger.ts'
import type { SignalRecord } from '../core/signal-record.ts'
import { SwitchBoard } from '../core/switches/switch-board.ts'
import type { AccountSet, AccountSets } from './account-sets.ts'
import type { LedgerContext } from './ledger-context.ts'
import { readLedgerRow } from './ledger-row.ts'
import { parseSignalRows, progressOf, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'
import { readKeys } from './signing-keys.ts'
import { readSwitches } from './switches.ts'

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
  const { underWay, ...read } = await context.database.transaction(
    async (sql) => {
      const { epoch, revision, guardMode, clientMode } = await readLedgerRow(sql)
      const rows = parseSignalRows(
        await sql.query(`${SELECT_SIGNALS} WHERE state IN ('held', 'released', 'paused') ORDER BY signal_no`),
      )
      const superseded = parseSignalRows(await sql.query(SELECT_SUPERSEDED))
      const accounts = await sets.of(sql, [...rows, ...superseded], 'forget', large)
      const switches = await readSwitches(sql)
      const board = new SwitchBoard(switches)
      return {
        epoch,
        revision,
        modes: { guardMode, clientMode },
        keys: await readKeys(sql),
        switches,
        signals: rows.map((row) => ({
          ...told(row, supersededBy(row, superseded), accounts),
          pausedUntilMs: board.pausedUntilMs(row.cause_id),
        })),
        underWay: [...rows, ...superseded].filter((row) => accounts.get(row.signal_id)?.isUnderWay),
      }
    },
    { isolation: 'repeatable read' },
  )
  if (underWay.length === 0) return read
  sets.readLater(context.database, underWay)
  return { ...read, isPartial: true }
}

/** What was approved and ended for signals that are live, or for what ended for them: see `SignalRecord.supersedes`. */
const SELECT_SUPERSEDED = `
  WITH RECURSIVE supersessions(no) AS (
    SELECT supersession FROM tidegate_ledger.signal
    WHERE state IN ('held', 'released', 'paused') AND supersession IS NOT NULL
    UNION
    SELECT supersession FROM tidegate_ledger.signal JOIN supersessions ON superseded_by = no
    WHERE supersession IS NOT NULL
  )
  ${SELECT_SIGNALS} WHERE superseded_by IN (SELECT no FROM supersessions) AND release_plan IS NOT NULL ORDER BY signal_no`

function supersededBy(row: SignalRow, superseded: readonly SignalRow[]): readonly SignalRow[] {
  if (row.supersession === null) return []
  const own = superseded.filter((each) => each.superseded_by === row.supersession)
  return [...own, ...own.flatMap((each) => supersededBy(each, superseded))]
}

/**
 * While the turns under what it supersedes are not all known, it is told with its named accounts alone, and they wait as
 * if those turns were for everyone: later is safe, earlier is not.
 */
function told(
  row: SignalRow,
  superseded: readonly SignalRow[],
  accounts: ReadonlyMap<SignalRow['signal_id'], AccountSet>,
): SignalRecord {
  const own = accounts.get(row.signal_id) ?? NO_ACCOUNTS
  const sets = superseded.map((each) => ({ each, set: accounts.get(each.signal_id) ?? NO_ACCOUNTS }))
  const isKnown = !sets.some(({ set }) => set.isUnderWay)
  return {
    ...recordOf(row, isKnown ? own : { ...own, audienceAccounts: NO_ACCOUNTS.audienceAccounts }),
    supersedes: sets.map(({ each, set }) => recordOf(each, set.isUnderWay ? { ...set, audienceAccounts: null } : set)),
  }
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
    pausedUntilMs: 0,
    supersedes: [],
    release: release && {
      plan: release.plan,
      stageIndex: release.stageIndex,
      stageStartsAtMs: release.stageStartsAtMs,
      approvedBy: row.approved_by ?? '',
      approvedBecause: row.approved_because ?? '',
    },
  }
}
