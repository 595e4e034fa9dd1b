import type { Verdict } from '@tidegate/protocol'
import { type Judgement, judgeSignal } from '../core/verdict.ts'
import type { Sql } from '../sql.ts'
import { noteEmitted } from './emitted.ts'
import { intake } from './intake.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, readLedgerRow, recordDecision } from './ledger-row.ts'
import { readFacts } from './verdict-facts.ts'
import { WaitingRow } from './waiting-row.ts'

/** Who decided, where nobody did. */
export const GUARD_ACTOR = 'tidegate'

/**
 * Takes proposals in and judges those that wait, each in a transaction of its own under the ledger's lock. One that
 * cannot be taken in or judged does not keep the others waiting: they come first, then its error is thrown.
 *
 * @throws AggregateError with what went wrong, after everything else was done
 */
export async function judge(
  context: LedgerContext,
  nowMs: number,
  limit: number,
  onVerdict: (verdict: Verdict) => void = () => undefined,
): Promise<{ readonly judgedSignalCount: number }> {
  const failures: unknown[] = []
  for (const outbox of context.outboxes) {
    await intake(context, outbox, nowMs).catch((error: unknown) => failures.push(error))
  }
  let judgedSignalCount = 0
  let signalNos: readonly number[] = [0]
  // On past what cannot be judged: however much of that there is, what stands behind it has its turn.
  while (judgedSignalCount < limit && signalNos.length > 0) {
    signalNos = await waitingSignals(context, signalNos.at(-1) ?? 0, limit - judgedSignalCount)
    for (const signalNo of signalNos) {
      try {
        const verdict = await judgeOne(context, signalNo, nowMs)
        if (verdict === null) continue
        judgedSignalCount++
        onVerdict(verdict)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `Cannot judge all that waits: ${failures.length} failed`)
  return { judgedSignalCount }
}

async function waitingSignals(context: LedgerContext, afterSignalNo: number, limit: number): Promise<number[]> {
  const { guardMode } = await readLedgerRow(context.database)
  if (guardMode === 'off') return []
  const rows = await context.database.query<{ signal_no: number }>(
    `SELECT signal_no FROM tidegate_ledger.signal WHERE state = 'waiting' AND signal_no > $1 ORDER BY signal_no LIMIT $2`,
    [afterSignalNo, limit],
  )
  return rows.map((row) => row.signal_no)
}

/** @returns null when another node was faster, or the guard was switched off meanwhile */
function judgeOne(context: LedgerContext, signalNo: number, nowMs: number): Promise<Verdict | null> {
  return context.database.transaction(async (sql) => {
    const ledger = await lockLedger(sql)
    if (ledger.guardMode === 'off') return null
    const [found] = await sql.query(`SELECT * FROM tidegate_ledger.signal WHERE signal_no = $1 AND state = 'waiting'`, [
      signalNo,
    ])
    if (!found) return null
    const row = WaitingRow.parse(found)
    const facts = await readFacts(sql, context, row, ledger, nowMs)
    const judgement = judgeSignal(facts, context.rules)
    await noteEmitted(sql, row, facts, judgement)
    if (ledger.guardMode === 'observe') {
      await writeJudgement(sql, row, withNothingInForce(judgement), nowMs)
      await noteFlagsPassed(sql, row)
      await writeAccounts(sql, 'observed_account', row, judgement.named)
    } else {
      await writeJudgement(sql, row, judgement, nowMs)
      await writeAccounts(sql, 'named_account', row, judgement.named)
    }
    await recordDecision(sql, nowMs, [
      {
        kind: 'signal-judged',
        actor: GUARD_ACTOR,
        causeId: row.cause_id,
        signalId: row.signal_id,
        evidence: { guardMode: ledger.guardMode, verdict: judgement.verdict, predicted: judgement.predicted },
      },
    ])
    return judgement.verdict
  })
}

/** In observe the verdict is written down as it would have been, and stays without effect on clients. */
function withNothingInForce(judgement: Judgement): Judgement {
  return { ...judgement, state: judgement.state === 'rejected' ? 'rejected' : 'held', named: [] }
}

/** While the guard observes, a flag of an old event stream left with its response before it was judged. */
async function noteFlagsPassed(sql: Sql, row: WaitingRow): Promise<void> {
  await sql.query(
    `UPDATE tidegate_ledger.signal SET flags_passed = true WHERE signal_no = $1 AND starts_with(proposed_by, 'egress ')`,
    [row.signal_no],
  )
}

async function writeJudgement(sql: Sql, row: WaitingRow, judgement: Judgement, nowMs: number): Promise<void> {
  const { verdict, named } = judgement
  await sql.query(
    `UPDATE tidegate_ledger.signal SET state = $2, verdict = $3::text::jsonb, judged_at_ms = $4, expires_at_ms = $5,
       audience_account_count = $6, predicted = $7::text::jsonb, named_account_count = $8 WHERE signal_no = $1`,
    [
      row.signal_no,
      judgement.state,
      JSON.stringify(verdict),
      nowMs,
      judgement.expiresAtMs,
      verdict.canaryAccountCount + verdict.heldAccountCount,
      JSON.stringify(judgement.predicted),
      named.length,
    ],
  )
}

async function writeAccounts(
  sql: Sql,
  table: 'named_account' | 'observed_account',
  row: WaitingRow,
  named: Judgement['named'],
): Promise<void> {
  if (named.length === 0) return
  await sql.query(
    `INSERT INTO tidegate_ledger.${table} (signal_no, account_id, resource_id, predicted_bytes)
     SELECT $1, "accountId", "resourceId", "predictedBytes"
     FROM jsonb_to_recordset($2::text::jsonb) AS named("accountId" text, "resourceId" text, "predictedBytes" bigint)
     ORDER BY 2`,
    [row.signal_no, JSON.stringify(named)],
  )
}
