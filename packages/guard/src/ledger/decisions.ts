import type {
  Actor,
  Advance,
  Approve,
  DecisionAnswer,
  Finding,
  Reject,
  Revoke,
  SignalState,
  Target,
} from '@tidegate/protocol'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { nextStage, startRelease } from '../core/release.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import { checkApprover } from './check-approver.ts'
import { checkPlan } from './check-plan.ts'
import { column, conflict, idOf, isLive, targetRows } from './decision-targets.ts'
import { noteRefused } from './emitted.ts'
import { intake } from './intake.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { progressOf, type SignalRow } from './signal-row.ts'
import { supersede, supersededRows } from './supersede.ts'
import { writeProgress } from './write-progress.ts'

const NOTHING_CHANGED: DecisionAnswer = { signalCount: 0, accountCount: 0, neverBegunAccountCount: 0 }

/**
 * Lets the held rest out by a plan: the first stage starts now, and what its canaries took of the credits is given back.
 * What the decision names as superseded ends with it.
 */
export function approve(context: LedgerContext, decision: Approve, by: Actor, nowMs: number): Promise<DecisionAnswer> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const rows = await targetRows(sql, decision.target, nowMs)
    const open = rows.filter(
      (row) =>
        (row.state === 'held' || (row.state === 'released' && row.release_plan === null)) &&
        // Of a cause, all but the one signal that ends.
        !(decision.supersedes?.kind === 'signal' && decision.supersedes.signalId === row.signal_id),
    )
    if (open.length === 0) {
      const plan = JSON.stringify(decision.plan)
      const isDone = rows.some((row) => isLive(row) && JSON.stringify(row.release_plan) === plan)
      if (isDone) return NOTHING_CHANGED
      throw conflict('approve', decision.target, rows)
    }
    const superseded = await supersededRows(sql, decision, open, nowMs)
    await checkApprover(sql, context, by, open, 'approve')
    const findings = await checkPlan(sql, context, decision, open, nowMs)
    const release = startRelease(decision.plan, nowMs)
    for (const row of open) {
      await sql.query(
        `UPDATE tidegate_ledger.signal SET approved_at_ms = $2, approved_by = $3, approved_because = $4 ,
           release_plan = $5::text::jsonb WHERE signal_no = $1`,
        [row.signal_no, nowMs, by, decision.reason, JSON.stringify(decision.plan)],
      )
      await writeProgress(sql, row.signal_no, 'released', release)
    }
    await letCausesGoOn(sql, open)
    const ended = await supersede(sql, superseded, open, { decision, by })
    return conclude(sql, open, { kind: 'signal-approved', by, nowMs, decision, findings }, ended)
  })
}

/** Lets a paused release go on with its next stage, whatever its gate could not say. */
export function advance(context: LedgerContext, decision: Advance, by: Actor, nowMs: number): Promise<DecisionAnswer> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const rows = await targetRows(sql, decision.target, nowMs)
    const paused = rows.filter((row) => row.state === 'paused')
    if (paused.length === 0) throw conflict('advance', decision.target, rows)
    // Past a gate that did not say go more accounts come out than anybody else agreed to.
    await checkApprover(sql, context, by, paused, 'advance')
    for (const row of paused) {
      const release = progressOf(row)
      if (release) await writeProgress(sql, row.signal_no, 'released', nextStage(release, nowMs))
    }
    return conclude(sql, paused, { kind: 'signal-advanced', by, nowMs, decision })
  })
}

/** The held rest will never be released, and canaries already out stop. */
export function reject(context: LedgerContext, decision: Reject, by: Actor, nowMs: number): Promise<DecisionAnswer> {
  return end(context, { decision, by, nowMs, state: 'rejected', from: ['held', 'released'], verb: 'reject' })
}

/** From now on nobody begins, and whoever is under way stops at its next page (G3). */
export function revoke(context: LedgerContext, decision: Revoke, by: Actor, nowMs: number): Promise<DecisionAnswer> {
  return end(context, { decision, by, nowMs, state: 'revoked', from: ['held', 'released', 'paused'], verb: 'revoke' })
}

interface Ending {
  readonly decision: Reject | Revoke
  readonly by: Actor
  readonly nowMs: number
  readonly state: 'rejected' | 'revoked'
  readonly from: readonly SignalState[]
  readonly verb: string
}

async function end(context: LedgerContext, ending: Ending): Promise<DecisionAnswer> {
  const { decision, by, nowMs, state, from, verb } = ending
  if (decision.target.kind === 'cause') await takeInWhatWaits(context, nowMs)
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    await judgeWaitingAsRefused(sql, decision.target, nowMs)
    const rows = await targetRows(sql, decision.target, nowMs)
    // What an approver released by a plan is revoked, not rejected: its clients are many, and the log should say so.
    const ended = rows.filter((row) => from.includes(row.state) && (state === 'revoked' || row.release_plan === null))
    if (ended.length === 0) {
      const isOver = !rows.some(isLive) && rows.some((row) => row.state === 'revoked' || row.state === 'rejected')
      if (isOver) return NOTHING_CHANGED
      throw conflict(verb, decision.target, rows)
    }
    await sql.query('UPDATE tidegate_ledger.signal SET state = $2 WHERE signal_no = ANY($1::text[]::bigint[])', [
      ended.map((row) => String(row.signal_no)),
      state,
    ])
    if (state === 'revoked') await stopCause(sql, ending)
    return conclude(sql, ended, { kind: `signal-${state}`, by, nowMs, decision })
  })
}

/** What a cause proposes after it was revoked is held (TG023): the row may be on its way, in another database's outbox even. */
async function stopCause(sql: Sql, { decision, by, nowMs }: Ending): Promise<void> {
  if (decision.target.kind !== 'cause') return
  await sql.query(
    `UPDATE tidegate_ledger.cause SET revoked_at_ms = $2, revoked_by = $3, revoked_because = $4 WHERE cause_id = $1`,
    [decision.target.causeId, nowMs, by, decision.reason],
  )
}

/** Whoever lets something of a revoked cause out has looked at it: what comes next is judged as ever. */
async function letCausesGoOn(sql: Sql, approved: readonly SignalRow[]): Promise<void> {
  await sql.query(
    `UPDATE tidegate_ledger.cause SET revoked_at_ms = NULL, revoked_by = NULL, revoked_because = NULL
     WHERE cause_id = ANY($1::text[]) AND revoked_at_ms IS NOT NULL`,
    [[...new Set(approved.map((row) => row.cause_id))]],
  )
}

/**
 * What was proposed before the decision is part of it, also where intake has not come to it. Only from the ledger's own
 * database: a decision waits for no other, and a row that cannot be taken in keeps it from nothing.
 */
async function takeInWhatWaits(context: LedgerContext, nowMs: number): Promise<void> {
  for (const outbox of context.outboxes) {
    if (outbox.database === context.database) await intake(context, outbox, nowMs).catch(() => undefined)
  }
}

/**
 * Proposals that have no verdict yet are refused along with the rest: an operator who revokes a cause must not find its
 * next signal in force a second later.
 */
async function judgeWaitingAsRefused(sql: Sql, target: Target, nowMs: number): Promise<void> {
  const verdict = { kind: 'reject', findings: [], canaryAccountCount: 0, heldAccountCount: 0 }
  await sql.query(
    `INSERT INTO tidegate_ledger.cause
     SELECT DISTINCT ON (cause_id) cause_id, false, 'build', left(cause_id, 120), proposed_by, NULL::jsonb, 0, 0
     FROM tidegate_ledger.signal WHERE state = 'waiting' AND ${column(target)} = $1 ON CONFLICT DO NOTHING`,
    [idOf(target)],
  )
  await noteRefused(sql, column(target), idOf(target))
  await sql.query(
    `UPDATE tidegate_ledger.signal SET state = 'held', verdict = $2::text::jsonb, judged_at_ms = $3::bigint,
       expires_at_ms = greatest($3::bigint + 1, proposed_at_ms + coalesce(expires_in_ms, 0)), predicted = '[]'::jsonb,
       audience_account_count = coalesce(named_audience_count, 0)
     WHERE state = 'waiting' AND ${column(target)} = $1`,
    [idOf(target), JSON.stringify(verdict), nowMs],
  )
}

type Concluded = { readonly by: Actor; readonly nowMs: number } & (
  | { readonly kind: 'signal-approved'; readonly decision: Approve; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'signal-advanced' | 'signal-rejected' | 'signal-revoked'
      readonly decision: Advance | Reject | Revoke
    }
)

async function conclude(
  sql: Sql,
  rows: readonly SignalRow[],
  made: Concluded,
  others: readonly LedgerEvent[] = [],
): Promise<DecisionAnswer> {
  const counts = await countAudience(sql, rows)
  const { target, reason } = made.decision
  const events = rows.map((row): LedgerEvent => {
    const about = { actor: made.by, causeId: row.cause_id, signalId: row.signal_id, reason }
    const evidence = { target, stateBefore: row.state, ...counts }
    return made.kind === 'signal-approved'
      ? { kind: made.kind, ...about, evidence: { ...evidence, ...approvedEvidence(made) } }
      : { kind: made.kind, ...about, evidence }
  })
  await recordDecision(sql, made.nowMs, [...events, ...others])
  return { signalCount: rows.length, ...counts }
}

function approvedEvidence({ decision, findings }: Extract<Concluded, { kind: 'signal-approved' }>) {
  const { plan, supersedes } = decision
  return { plan, findings, ...(supersedes !== undefined && { supersedes }) }
}
