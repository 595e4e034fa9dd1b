import {
  admitsClient,
  type ClientIdentity,
  cohort,
  notBeforeInMs,
  position,
  type SignalState,
} from '@tidegate/protocol'
import type { SignalRecord, SupersededRecord } from './signal-record.ts'

/** Windows for accounts that are in force by name, before or without approval: a handful, so no crowd to spread. */
export const NAMED_WINDOWS = { verifyWindowMs: 0, windowMs: 0 }

/** Which states let a signal out to clients at all. A paused release keeps the stages that were out. */
const IS_OUT = {
  held: true, // its canaries are
  released: true,
  paused: true,
  rejected: false,
  revoked: false,
  superseded: false,
  expired: false,
} as const satisfies Record<SignalState, boolean>

/** What being in force means for one client: when it may fetch. */
export interface InForce {
  readonly record: SignalRecord
  readonly notBeforeInMs: number
  readonly expiresInMs: number
}

/**
 * Whether a signal is in force for a client now (G1, G3, C7): released to its account and cohort, let in by the filters,
 * its turn to verify come, its cause not paused, not revoked, rejected, superseded or expired. Null when it is not. What it supersedes still says
 * when: a client whose turn under that is ahead waits for it, so that nobody's not-before moves earlier.
 *
 * The one place that decides it; state tags, answers, leases and pages all ask here.
 */
export function inForce(
  record: SignalRecord,
  options: { accountId: string; client: ClientIdentity; nowMs: number },
): InForce | null {
  const { accountId, client, nowMs } = options
  if (!IS_OUT[record.state] || nowMs >= record.expiresAtMs || nowMs < record.pausedUntilMs) return null
  const turn = releasedTurn(record, accountId)
  if (turn === null || !admitsClient(record.filter, client)) return null
  const place = position(record.signalId, client.clientId)
  const startedAgoMs = nowMs - turn.startedAtMs
  if (notBeforeInMs({ position: place, windowMs: turn.verifyWindowMs, startedAgoMs }) > 0) return null
  return {
    record,
    notBeforeInMs: Math.max(
      notBeforeInMs({ position: place, windowMs: turn.windowMs, startedAgoMs }),
      supersededTurnInMs(record.supersedes, options),
    ),
    expiresInMs: record.expiresAtMs - nowMs,
  }
}

/** Whether the signal has been let out to the account, whatever its clients are. */
export function isReleasedTo(record: SignalRecord, accountId: string): boolean {
  return IS_OUT[record.state] && releasedTurn(record, accountId) !== null
}

/** The account is let out by stages whose share is above this: its cohort, or null where the audience leaves that out. */
export function stagePlace({ signalId, filter }: Pick<SignalRecord, 'signalId' | 'filter'>, accountId: string) {
  const place = cohort(signalId, accountId)
  return filter.cohorts && (place < filter.cohorts.from || place >= filter.cohorts.below) ? null : place
}

/** How long until the last turn that the client had under signals that ended for this one; 0 when it had none or all have come. */
function supersededTurnInMs(
  superseded: readonly SupersededRecord[],
  { accountId, client, nowMs }: { accountId: string; client: ClientIdentity; nowMs: number },
): number {
  let latestInMs = 0
  for (const record of superseded) {
    const turn = releasedTurn(record, accountId)
    if (turn === null) continue
    // Whoever its filters left out waits too: a client that was updated meanwhile may have been let in before.
    const place = position(record.signalId, client.clientId)
    const startedAgoMs = nowMs - turn.startedAtMs
    latestInMs = Math.max(latestInMs, notBeforeInMs({ position: place, windowMs: turn.windowMs, startedAgoMs }))
  }
  return latestInMs
}

interface Turn {
  readonly startedAtMs: number
  readonly verifyWindowMs: number
  readonly windowMs: number
}

/** When the account was let out, and over how long its clients spread; null when it was not. */
function releasedTurn(record: SupersededRecord, accountId: string): Turn | null {
  if (record.namedAccounts.has(accountId)) return { startedAtMs: record.judgedAtMs, ...NAMED_WINDOWS }
  const { release, audienceAccounts } = record
  if (release === null) return null
  if (audienceAccounts !== null && !audienceAccounts.has(accountId)) return null
  const place = stagePlace(record, accountId)
  if (place === null) return null
  const stageIndex = release.plan.stages.findIndex((stage) => place < stage.share)
  const startedAtMs = stageIndex <= release.stageIndex ? release.stageStartsAtMs[stageIndex] : undefined
  if (startedAtMs === undefined) return null
  return { startedAtMs, verifyWindowMs: release.plan.verifyWindowMs, windowMs: release.plan.windowMs }
}
