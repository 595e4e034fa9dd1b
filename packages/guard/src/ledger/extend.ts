import { type Actor, type DecisionAnswer, Denied, type Extend } from '@tidegate/protocol'
import { durationText, roughDurationText } from '../core/figures.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { lastTurnAtMs, stretched } from '../core/release.ts'
import { toldDurationMs } from '../core/told-duration.ts'
import { countAudience } from './audience-counts.ts'
import { checkApprover } from './check-approver.ts'
import { conflict, idOf, isLive, targetRows } from './decision-targets.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { progressOf, type SignalRow } from './signal-row.ts'

/**
 * Gives live signals more time. All of the target or none: where one of them would not get longer, or would end before
 * its last client's turn, nothing changes. A window belongs to a plan, so it says nothing to signals without one.
 */
export function extend(context: LedgerContext, decision: Extend, by: Actor, nowMs: number): Promise<DecisionAnswer> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const rows = await targetRows(sql, decision.target, nowMs)
    const live = rows.filter(isLive)
    const chosen = decision.expiresInMs === undefined ? live.filter((row) => row.release_plan !== null) : live
    if (chosen.length === 0) {
      throw live.length === 0 ? conflict('extend', decision.target, rows) : noPlan(decision)
    }
    if (decision.windowMs !== undefined && chosen.every((row) => row.release_plan === null)) throw noPlan(decision)
    // More clients hear of it for that. A longer window lets nobody out, and may not wait for a second person.
    if (decision.expiresInMs !== undefined) {
      const approved = chosen.filter((row) => row.release_plan !== null)
      await checkApprover(sql, context, by, approved, 'extend')
    }
    const longer = chosen.map((row) => extended(row, decision, context.settings.longestExpiryMs, nowMs))
    for (const { row, expiresAtMs, plan } of longer) {
      await sql.query(
        'UPDATE tidegate_ledger.signal SET expires_at_ms = $2, release_plan = $3::text::jsonb WHERE signal_no = $1',
        [row.signal_no, expiresAtMs, plan && JSON.stringify(plan)],
      )
    }
    const counts = await countAudience(sql, chosen)
    const events = longer.map(({ row, expiresAtMs, plan }): LedgerEvent => {
      const windowMs = plan?.windowMs ?? 0
      const windowBeforeMs = row.release_plan?.windowMs ?? 0
      return {
        kind: 'signal-extended',
        actor: by,
        causeId: row.cause_id,
        signalId: row.signal_id,
        reason: decision.reason,
        evidence: {
          target: decision.target,
          stateBefore: row.state,
          ...counts,
          ...(expiresAtMs > row.expires_at_ms && { expiresAtMs: { before: row.expires_at_ms, after: expiresAtMs } }),
          ...(windowMs > windowBeforeMs && { windowMs: { before: windowBeforeMs, after: windowMs } }),
        },
      }
    })
    await recordDecision(sql, nowMs, events)
    return { signalCount: chosen.length, ...counts }
  })
}

/** @throws Denied `not-longer` or `invalid` */
function extended(row: SignalRow, decision: Extend, longestExpiryMs: number, nowMs: number) {
  const { expiresInMs, windowMs } = decision
  const { signal_id: signalId } = row
  const release = progressOf(row)
  const isMs = row.expires_at_ms - nowMs
  if (expiresInMs !== undefined && expiresInMs <= isMs) throw notLonger('expiry', signalId, isMs, expiresInMs)
  if (expiresInMs !== undefined && expiresInMs > longestExpiryMs) {
    throw new Denied({
      kind: 'invalid',
      message: `Cannot extend signal ${signalId}: it may end in ${durationText(longestExpiryMs)} at the latest, asked were ${durationText(expiresInMs)}`,
    })
  }
  if (windowMs !== undefined && release && windowMs <= release.plan.windowMs) {
    throw notLonger('window', signalId, release.plan.windowMs, windowMs)
  }
  const longer = windowMs === undefined || release === null ? release : stretched(release, windowMs)
  const expiresAtMs = expiresInMs === undefined ? row.expires_at_ms : nowMs + expiresInMs
  const lastTurnInMs = longer === null ? 0 : lastTurnAtMs(longer, nowMs) - nowMs
  if (longer !== release && nowMs + lastTurnInMs > expiresAtMs) {
    throw new Denied({
      kind: 'invalid',
      message: `Cannot extend signal ${signalId}: with that window the last client's turn comes in ${roughDurationText(lastTurnInMs)}, and the signal ends in ${roughDurationText(expiresAtMs - nowMs)}; extend its expiry too`,
    })
  }
  return { row, expiresAtMs, plan: longer === null ? null : longer.plan }
}

function notLonger(what: 'expiry' | 'window', signalId: SignalRow['signal_id'], isMs: number, askedMs: number): Denied {
  const is = what === 'expiry' ? `it ends in ${roughDurationText(isMs)}` : `its window is ${durationText(isMs)}`
  return new Denied({
    kind: 'not-longer',
    what,
    signalId,
    isMs: toldDurationMs(isMs),
    askedMs,
    message: `Cannot extend signal ${signalId}: ${is}, and ${durationText(askedMs)} is not longer`,
  })
}

function noPlan({ target }: Extend): Denied {
  return new Denied({
    kind: 'conflict',
    message: `Cannot extend the window of ${target.kind} ${idOf(target)}: nobody has approved it yet, so it has none`,
  })
}
