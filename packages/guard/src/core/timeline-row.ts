import type { Actor, TimelineRow } from '@tidegate/protocol'
import { evidenceOf } from './ledger-event.ts'

/** An event as a timeline reads it. */
export interface TimelineEvent {
  readonly revision: number
  readonly atMs: number
  readonly actor: Actor
  readonly kind: string
  readonly reason: string | null
  readonly evidence: unknown
}

/** A row for one event, and what it must have in common with another to be told in one row with it. */
interface Told {
  readonly row: TimelineRow
  readonly kinship: readonly unknown[]
}

/** @returns what a timeline says of an event; of one whose evidence it cannot read, its name, who and why */
export function timelineRow(event: TimelineEvent): Told {
  return registered(event) ?? judged(event) ?? decided(event) ?? stage(event) ?? switched(event) ?? rest(event)
}

function registered(event: TimelineEvent): Told | null {
  const evidence = evidenceOf('cause-registered', event)
  if (!evidence) return null
  const row = {
    kind: 'registered',
    atMs: event.atMs,
    by: event.actor,
    creditAccountCount: evidence.credit.accountCount,
  } as const
  return { row, kinship: [] }
}

function judged(event: TimelineEvent): Told | null {
  const evidence = evidenceOf('signal-judged', event)
  if (!evidence) return null
  const { guardMode, verdict } = evidence
  const row = {
    kind: 'judged',
    atMs: event.atMs,
    verdict: verdict.kind,
    guardMode,
    signalCount: 1,
    canaryAccountCount: verdict.canaryAccountCount,
    heldAccountCount: verdict.heldAccountCount,
    ruleIds: [...new Set(verdict.findings.map(({ ruleId }) => ruleId))].sort(),
  } as const
  return { row, kinship: [verdict.kind, guardMode] }
}

/** What a person decided about signals. */
function decided(event: TimelineEvent): Told | null {
  const about = aboutOf(event)
  const approved = evidenceOf('signal-approved', event)
  if (approved) {
    const shares = approved.plan.stages.map(({ share }) => share)
    const { accountCount, supersedes } = approved
    const instead = supersedes === undefined ? {} : { supersedes }
    return { row: { kind: 'approved', ...about, accountCount, shares, ...instead }, kinship: [] }
  }
  const extended = evidenceOf('signal-extended', event)
  if (extended) {
    const { accountCount, expiresAtMs, windowMs } = extended
    const after = { expiresAtMs: expiresAtMs?.after ?? null, windowMs: windowMs?.after ?? null }
    return { row: { kind: 'extended', ...about, accountCount, ...after }, kinship: [after] }
  }
  const superseded = evidenceOf('signal-superseded', event)
  if (superseded) {
    const { accountCount, neverBegunAccountCount, supersededBy } = superseded
    return { row: { kind: 'superseded', ...about, accountCount, neverBegunAccountCount, supersededBy }, kinship: [] }
  }
  if (evidenceOf('signal-advanced', event)) return { row: { kind: 'advanced', ...about }, kinship: [] }
  const rejected = evidenceOf('signal-rejected', event)
  const ended = rejected ?? evidenceOf('signal-revoked', event)
  if (!ended) return null
  const { accountCount, neverBegunAccountCount } = ended
  const kind = rejected ? 'rejected' : 'revoked'
  return { row: { kind, ...about, accountCount, neverBegunAccountCount }, kinship: [] }
}

const STAGE_STEPS = {
  'stage-started': 'started',
  'release-paused': 'paused',
  'release-settled': 'settled',
} as const

function stage(event: TimelineEvent): Told | null {
  for (const kind of ['stage-started', 'release-paused', 'release-settled'] as const) {
    const evidence = evidenceOf(kind, event)
    if (!evidence) continue
    const { stageShare = null, gateOutcome } = evidence
    const row = {
      kind: 'stage',
      atMs: event.atMs,
      step: STAGE_STEPS[kind],
      signalCount: 1,
      stageShare,
      // A gate that let the next stage begin said go; what is recorded is the next one's, which nobody has judged.
      gateOutcome: kind === 'stage-started' ? 'go' : gateOutcome,
      endedCount: evidence.evidence?.endedCount ?? 0,
      failedCount: evidence.evidence?.failedCount ?? 0,
    } as const
    return { row, kinship: [kind, row.gateOutcome, stageShare] }
  }
  return null
}

const SWITCH_STEPS = { 'switch-set': 'set', 'switch-lifted': 'lifted', 'switch-ended': 'ended' } as const

function switched(event: TimelineEvent): Told | null {
  for (const kind of ['switch-set', 'switch-lifted', 'switch-ended'] as const) {
    const evidence = evidenceOf(kind, event)
    if (!evidence) continue
    const { atMs, actor: by, reason: because } = event
    const row = { kind: 'switch', atMs, by, because, step: SWITCH_STEPS[kind], ...evidence } as const
    return { row, kinship: [evidence.switchNo] }
  }
  return null
}

function rest(event: TimelineEvent): Told {
  const { atMs } = event
  if (evidenceOf('signal-expired', event)) return { row: { kind: 'expired', atMs, signalCount: 1 }, kinship: [] }
  const modes = evidenceOf('modes-set', event)
  if (modes) {
    return { row: { kind: 'modes', atMs, by: event.actor, because: event.reason, ...modes.after }, kinship: [] }
  }
  return { row: { kind: 'other', ...aboutOf(event), event: event.kind.slice(0, 64) }, kinship: [event.kind] }
}

function aboutOf({ atMs, actor, reason }: TimelineEvent) {
  return { atMs, by: actor, because: reason, signalCount: 1 }
}
