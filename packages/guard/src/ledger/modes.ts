import type { Actor, ClientMode, GuardMode } from '@tidegate/protocol'
import type { LedgerModes } from '../core/ledger.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'

export function setModes(
  context: LedgerContext,
  modes: { readonly guardMode?: GuardMode; readonly clientMode?: ClientMode; readonly reason: string },
  by: Actor,
  nowMs: number,
): Promise<LedgerModes> {
  return context.database.transaction(async (sql) => {
    const before = await lockLedger(sql)
    const after = {
      guardMode: modes.guardMode ?? before.guardMode,
      clientMode: modes.clientMode ?? before.clientMode,
    }
    if (after.guardMode === before.guardMode && after.clientMode === before.clientMode) return after
    // What was only looked at spends nothing of what is let out from now on.
    if (after.guardMode !== 'observe') await sql.query('DELETE FROM tidegate_ledger.observed_account')
    await sql.query('UPDATE tidegate_ledger.ledger SET guard_mode = $1, client_mode = $2', [
      after.guardMode,
      after.clientMode,
    ])
    await recordDecision(sql, nowMs, [
      {
        kind: 'modes-set',
        actor: by,
        reason: modes.reason,
        evidence: { before: { guardMode: before.guardMode, clientMode: before.clientMode }, after },
      },
    ])
    return after
  })
}
