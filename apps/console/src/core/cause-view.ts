import type { CauseStatus, Finding, SignalStatus } from '@tidegate/protocol'

/** A count that several signals can only bound: their audiences may overlap, and the status does not say by how much. */
export interface AccountCount {
  readonly count: number
  readonly isExact: boolean
}

/** One rule's finding over all signals it was found in. */
export interface CauseFinding extends Finding {
  readonly signalCount: number
}

export interface ResourceLoad {
  readonly resourceId: string
  readonly accountCount: number
  readonly payloadBytes: number
}

/** What a person has to know about some signals of one cause to decide on them. */
export interface CauseView {
  readonly causeId: string
  readonly title: string
  readonly kind: CauseStatus['cause']['kind']
  readonly owner: string
  readonly isRegistered: boolean
  readonly signals: readonly SignalStatus[]
  readonly findings: readonly CauseFinding[]
  readonly reasons: readonly string[]
  readonly firstProposedAtMs: number
  readonly audience: AccountCount
  readonly inForce: AccountCount
  readonly held: AccountCount
  readonly loads: readonly ResourceLoad[]
  readonly creditAccountCount: number
  readonly creditSpentAccountCount: number
}

/** @returns the causes that wait for a decision, oldest first, so that a new one never pushes down what is being read */
export function heldCauses(causes: readonly CauseStatus[]): CauseView[] {
  return causesIn(causes, ['held']).sort((left, right) => left.firstProposedAtMs - right.firstProposedAtMs)
}

/** @returns the causes that clients act on by a release, the newest first */
export function releasedCauses(causes: readonly CauseStatus[]): CauseView[] {
  return causesIn(causes, ['released', 'paused']).sort(newestFirst)
}

/** @returns the causes whose signals nobody acts on any more, the newest first */
export function endedCauses(causes: readonly CauseStatus[]): CauseView[] {
  return causesIn(causes, ['rejected', 'revoked', 'expired']).sort(newestFirst)
}

function newestFirst(left: CauseView, right: CauseView): number {
  return right.firstProposedAtMs - left.firstProposedAtMs || left.causeId.localeCompare(right.causeId)
}

function causesIn(causes: readonly CauseStatus[], states: readonly SignalStatus['state'][]): CauseView[] {
  return causes.flatMap((status) => {
    const signals = status.signals.filter((signal) => states.includes(signal.state))
    return signals.length === 0 ? [] : [causeView(status, signals)]
  })
}

function causeView(status: CauseStatus, signals: readonly SignalStatus[]): CauseView {
  return {
    causeId: status.cause.causeId,
    title: status.cause.title,
    kind: status.cause.kind,
    owner: status.cause.owner,
    isRegistered: status.isRegistered,
    signals,
    findings: findingsOf(signals),
    reasons: [...new Set(signals.flatMap((signal) => (signal.reason === null ? [] : [signal.reason])))],
    firstProposedAtMs: Math.min(...signals.map((signal) => signal.proposedAtMs)),
    audience: total(signals, (signal) => signal.audienceAccountCount),
    inForce: total(signals, (signal) => signal.inForceAccountCount),
    held: total(signals, (signal) => Math.max(0, signal.audienceAccountCount - signal.inForceAccountCount)),
    loads: loadsOf(signals),
    creditAccountCount: status.credit.accountCount,
    creditSpentAccountCount: status.creditSpentAccountCount,
  }
}

function total(signals: readonly SignalStatus[], of: (signal: SignalStatus) => number): AccountCount {
  const counts = signals.map(of)
  const count = counts.reduce((sum, each) => sum + each, 0)
  return { count, isExact: counts.filter((each) => each > 0).length <= 1 }
}

const SEVERITY_ORDER = { reject: 0, hold: 1, note: 2 } as const satisfies Record<Finding['severity'], number>

function findingsOf(signals: readonly SignalStatus[]): CauseFinding[] {
  const byRule = new Map<string, CauseFinding>()
  for (const signal of signals) {
    for (const finding of signal.verdict.findings) {
      const seen = byRule.get(finding.ruleId)
      byRule.set(finding.ruleId, { ...(seen ?? finding), signalCount: (seen?.signalCount ?? 0) + 1 })
    }
  }
  return [...byRule.values()].sort(
    (left, right) =>
      SEVERITY_ORDER[left.severity] - SEVERITY_ORDER[right.severity] || left.ruleId.localeCompare(right.ruleId),
  )
}

function loadsOf(signals: readonly SignalStatus[]): ResourceLoad[] {
  const byResource = new Map<string, ResourceLoad>()
  for (const each of signals.flatMap((signal) => signal.predicted)) {
    const seen = byResource.get(each.resourceId)
    byResource.set(each.resourceId, {
      resourceId: each.resourceId,
      accountCount: each.accountCount + (seen?.accountCount ?? 0),
      payloadBytes: each.payloadBytes + (seen?.payloadBytes ?? 0),
    })
  }
  return [...byResource.values()].sort((left, right) => left.resourceId.localeCompare(right.resourceId))
}
