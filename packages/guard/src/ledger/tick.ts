import type { StageEvidence } from '../core/gate.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { bakedAtMs, type ReleaseProgress, type ReleaseStep, stepRelease } from '../core/release.ts'
import type { Sql } from '../sql.ts'
import { GUARD_ACTOR } from './judge.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { parseSignalRows, progressOf, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'
import { writeProgress } from './write-progress.ts'

const SELECT_LIVE = `${SELECT_SIGNALS} WHERE state IN ('held', 'released', 'paused') ORDER BY signal_no`

/** Does what time has made due: ends what expired, judges the gates of stages that have baked. Takes the lock only for that. */
export async function tick(context: LedgerContext, nowMs: number): Promise<void> {
  const candidates = parseSignalRows(await context.database.query(SELECT_LIVE))
  if (!candidates.some((row) => isDue(row, nowMs))) return
  await context.database.transaction(async (sql) => {
    const { guardMode } = await lockLedger(sql)
    if (guardMode === 'off') return
    const events: LedgerEvent[] = []
    for (const row of parseSignalRows(await sql.query(SELECT_LIVE))) {
      const event = row.expires_at_ms <= nowMs ? await expire(sql, row) : await step(sql, row, nowMs)
      if (event) events.push(event)
    }
    if (events.length > 0) await recordDecision(sql, nowMs, events)
  })
}

function isDue(row: SignalRow, nowMs: number): boolean {
  return row.expires_at_ms <= nowMs || isBaked(row, nowMs)
}

function isBaked(row: SignalRow, nowMs: number): boolean {
  const release = row.state === 'released' ? progressOf(row) : null
  const dueAtMs = release && bakedAtMs(release)
  return dueAtMs !== null && dueAtMs <= nowMs
}

async function expire(sql: Sql, row: SignalRow): Promise<LedgerEvent> {
  await sql.query(`UPDATE tidegate_ledger.signal SET state = 'expired' WHERE signal_no = $1`, [row.signal_no])
  return {
    kind: 'signal-expired',
    ...aboutOf(row),
    evidence: { stateBefore: row.state, expiresAtMs: row.expires_at_ms },
  }
}

async function step(sql: Sql, row: SignalRow, nowMs: number): Promise<LedgerEvent | null> {
  const release = progressOf(row)
  if (release === null || !isBaked(row, nowMs)) return null
  const evidence = await readEvidence(sql, row, release, nowMs)
  const done = stepRelease(release, evidence, nowMs)
  if (done.kind === 'wait') return null
  await writeProgress(sql, row.signal_no, done.kind === 'pause' ? 'paused' : 'released', done.release)
  const stageShare = done.release.plan.stages[done.release.stageIndex]?.share ?? 1
  return {
    kind: KINDS[done.kind],
    ...aboutOf(row),
    evidence: { evidence, stageIndex: release.stageIndex, gateOutcome: done.release.gateOutcome, stageShare },
  }
}

const KINDS = {
  go: 'stage-started',
  pause: 'release-paused',
  settle: 'release-settled',
} as const satisfies Record<Exclude<ReleaseStep['kind'], 'wait'>, LedgerEvent['kind']>

/**
 * What a stage has to show for itself: of the accounts that it and those before it let out, how many ended. Each client
 * counts by its last report since the stage began, each account once, by the worst that any of its clients came to:
 * nobody fills a gate with clients of his own making.
 */
async function readEvidence(
  sql: Sql,
  row: SignalRow,
  release: ReleaseProgress,
  nowMs: number,
): Promise<StageEvidence | null> {
  const { stages } = release.plan
  const [counts] = await sql.query<{ ended: number; failed: number }>(
    `SELECT count(*) AS ended, count(*) FILTER (WHERE is_failed) AS failed
     FROM (
       SELECT bool_or(outcome IN ('stuck', 'failed')) AS is_failed
       FROM (
         SELECT DISTINCT ON (account_id, client_id) account_id, outcome FROM tidegate_ledger.report
         WHERE signal_id = $1 AND reported_at_ms >= $2 AND stage_place < $3 ORDER BY account_id, client_id, report_no DESC
       ) AS last_reports
       WHERE outcome IN ('consistent', 'resynced', 'stuck', 'failed') GROUP BY account_id
     ) AS accounts`,
    [row.signal_id, release.stageStartsAtMs.at(-1) ?? nowMs, stages[release.stageIndex]?.share ?? 0],
  )
  return counts ? { readAtMs: nowMs, endedCount: counts.ended, failedCount: counts.failed } : null
}

function aboutOf(row: SignalRow): Pick<LedgerEvent, 'actor' | 'causeId' | 'signalId'> {
  return { actor: GUARD_ACTOR, causeId: row.cause_id, signalId: row.signal_id }
}
