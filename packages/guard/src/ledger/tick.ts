import type { SignalState } from '@tidegate/protocol'
import { asksForStorage, type StageEvidence } from '../core/gate.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { bakedAtMs, type ReleaseProgress, type ReleaseStep, stepRelease } from '../core/release.ts'
import type { ReadStorage, StorageReading } from '../core/storage-reading.ts'
import { SwitchBoard } from '../core/switches/switch-board.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import { GUARD_ACTOR } from './judge.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { parseSignalRows, progressOf, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'
import { endSwitches, readSwitches } from './switches.ts'
import { writeProgress } from './write-progress.ts'

const SELECT_LIVE = `${SELECT_SIGNALS} WHERE state IN ('held', 'released', 'paused') ORDER BY signal_no`

/**
 * Does what time has made due: ends what expired, writes down which switches ended, judges the gates of stages that have baked. Takes the lock only for
 * that, and not while resources are asked how they are doing.
 */
export async function tick(
  context: LedgerContext,
  readNowMs: () => number,
  readStorage: ReadStorage = nobodyKnows,
): Promise<void> {
  const candidates = parseSignalRows(await context.database.query(SELECT_LIVE))
  const askedSwitches = await readSwitches(context.database)
  const askedAtMs = readNowMs()
  const board = new SwitchBoard(askedSwitches)
  const isSwitchDue = board.inForce(askedAtMs).length < askedSwitches.length
  if (!isSwitchDue && !candidates.some((row) => isDue(row, board, askedAtMs))) return
  const storage = await readAll(readStorage, [
    ...new Set(candidates.flatMap((row) => (isToJudge(row, board, askedAtMs) ? storageOf(context, row) : []))),
  ])
  await context.database.transaction(async (sql) => {
    const { guardMode } = await lockLedger(sql)
    if (guardMode === 'off') return
    const nowMs = readNowMs()
    const switches = await readSwitches(sql)
    const events = await endSwitches(sql, switches, nowMs)
    const board = new SwitchBoard(switches)
    for (const row of parseSignalRows(await sql.query(SELECT_LIVE))) {
      const ofRow = storageOf(context, row).map((resourceId) => storage.get(resourceId))
      const event = row.expires_at_ms <= nowMs ? await expire(sql, row) : await step(sql, row, board, ofRow, nowMs)
      if (event) events.push(event)
    }
    if (events.length > 0) await recordDecision(sql, nowMs, events)
  })
}

const nobodyKnows: ReadStorage = async (resourceId) => ({
  kind: 'unknown',
  resourceId,
  because: 'the host app gave the guard no storageHealth',
})

/** Resources whose health the gate of a release's current stage asks for. Anybody may be in a predicate, so all of them. */
function storageOf({ resources }: LedgerContext, row: SignalRow): readonly string[] {
  const release = progressOf(row)
  const gate = release?.plan.stages[release.stageIndex]?.gate
  if (!gate || !asksForStorage(gate)) return []
  const all = row.is_everyone || row.predicted.length === 0
  return (all ? resources.resources : row.predicted).map(({ resourceId }) => resourceId)
}

async function readAll(readStorage: ReadStorage, resourceIds: readonly string[]): Promise<Map<string, StorageReading>> {
  return new Map(
    await Promise.all(resourceIds.map(async (resourceId) => [resourceId, await readStorage(resourceId)] as const)),
  )
}

function isDue(row: SignalRow, switches: SwitchBoard, nowMs: number): boolean {
  return row.expires_at_ms <= nowMs || isToJudge(row, switches, nowMs)
}

/** While its cause is paused a stage waits: nobody is under way to speak for it. */
function isToJudge(row: SignalRow, switches: SwitchBoard, nowMs: number): boolean {
  return isBaked(row, nowMs) && !switches.isPaused(row.cause_id, nowMs)
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

async function step(
  sql: Sql,
  row: SignalRow,
  switches: SwitchBoard,
  storage: readonly (StorageReading | undefined)[],
  nowMs: number,
): Promise<LedgerEvent | null> {
  const release = progressOf(row)
  if (release === null || !isToJudge(row, switches, nowMs)) return null
  const known = storage.filter((reading) => reading !== undefined)
  // Baked while resources were asked for others: its own are asked at the next tick.
  if (known.length < storage.length) return null
  const evidence = { ...(await readEvidence(sql, row, release)), readAtMs: nowMs, storage: known }
  const done = stepRelease(release, evidence, nowMs)
  if (done.kind === 'wait') return null
  const { because } = done
  await writeProgress(sql, row.signal_no, STATES[done.kind], done.release)
  const { gateOutcome, plan } = done.release
  const stageShare = plan.stages[done.release.stageIndex]?.share ?? 1
  const stage = {
    evidence: { ...evidence, storage: known.map((reading) => ({ ...reading })) },
    stageIndex: release.stageIndex,
    gateOutcome,
    stageShare,
    because,
  }
  if (done.kind !== 'revoke') return { kind: KINDS[done.kind], ...aboutOf(row), evidence: stage }
  const target = { kind: 'signal', signalId: row.signal_id } as const
  const counts = await countAudience(sql, [row])
  const evidenceOfEnd = { target, stateBefore: row.state, ...counts, stage }
  return { kind: 'signal-revoked', ...aboutOf(row), reason: because, evidence: evidenceOfEnd }
}

const STATES = { go: 'released', pause: 'paused', settle: 'released', revoke: 'revoked' } as const satisfies Record<
  Exclude<ReleaseStep['kind'], 'wait'>,
  SignalState
>

const KINDS = {
  go: 'stage-started',
  pause: 'release-paused',
  settle: 'release-settled',
} as const satisfies Record<Exclude<ReleaseStep['kind'], 'wait' | 'revoke'>, LedgerEvent['kind']>

/**
 * What a stage has to show for itself: of the accounts that it and those before it let out, how many ended. Each client
 * counts by its last report since the stage began, each account once, by the worst that any of its clients came to:
 * nobody fills a gate with clients of his own making.
 */
async function readEvidence(
  sql: Sql,
  row: SignalRow,
  { plan, stageIndex, stageStartsAtMs }: ReleaseProgress,
): Promise<Omit<StageEvidence, 'readAtMs' | 'storage'>> {
  const [counts] = await sql.query<{ ended: number; failed: number; nothing_to_fetch: number; declined: number }>(
    `SELECT count(*) FILTER (WHERE is_ended) AS ended, count(*) FILTER (WHERE is_failed) AS failed,
       count(*) FILTER (WHERE is_ended AND is_consistent) AS nothing_to_fetch, count(*) FILTER (WHERE NOT is_ended) AS declined
     FROM (
       SELECT bool_or(outcome <> 'declined') AS is_ended, bool_or(outcome IN ('stuck', 'failed')) AS is_failed,
         bool_and(outcome IN ('consistent', 'declined')) AS is_consistent
       FROM (
         SELECT DISTINCT ON (account_id, client_id) account_id, outcome FROM tidegate_ledger.report
         WHERE signal_id = $1 AND reported_at_ms >= $2 AND stage_place < $3 ORDER BY account_id, client_id, report_no DESC
       ) AS last_reports
       WHERE outcome IN ('consistent', 'resynced', 'stuck', 'failed', 'declined') GROUP BY account_id
     ) AS accounts`,
    [row.signal_id, stageStartsAtMs.at(-1) ?? 0, plan.stages[stageIndex]?.share ?? 0],
  )
  if (!counts) throw new Error(`Cannot count the reports about ${row.signal_id}`)
  return {
    endedCount: counts.ended,
    failedCount: counts.failed,
    nothingToFetchCount: counts.nothing_to_fetch,
    declinedCount: counts.declined,
  }
}

function aboutOf(row: SignalRow): Pick<LedgerEvent, 'actor' | 'causeId' | 'signalId'> {
  return { actor: GUARD_ACTOR, causeId: row.cause_id, signalId: row.signal_id }
}
