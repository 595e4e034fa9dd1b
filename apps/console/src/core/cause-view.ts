import type { CauseStatus, Finding, SignalStatus, SignalTotals } from '@tidegate/protocol'

/** A count that several signals can only bound: their audiences may overlap, and the status does not say by how much. */
export interface AccountCount {
  readonly count: number
  readonly isExact: boolean
}

/** One rule's finding over all listed signals it was found in. */
export interface CauseFinding extends Finding {
  readonly signalCount: number
  /** False when there are signals that the status does not list: the rule may have been found in those too. */
  readonly isExact: boolean
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
  /** Those the status lists. */
  readonly signals: readonly SignalStatus[]
  /** How many more there are; every figure below counts them too. */
  readonly unlistedSignalCount: number
  readonly states: readonly SignalStatus['state'][]
  readonly findings: readonly CauseFinding[]
  readonly reasons: readonly string[]
  readonly firstProposedAtMs: number
  readonly audience: AccountCount
  readonly inForce: AccountCount
  /** Whom its verdicts would have let out at once; while the guard observes, none of them is told. */
  readonly canaries: AccountCount
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
  return causesIn(causes, ['rejected', 'revoked', 'superseded', 'expired']).sort(newestFirst)
}

function newestFirst(left: CauseView, right: CauseView): number {
  return right.firstProposedAtMs - left.firstProposedAtMs || left.causeId.localeCompare(right.causeId)
}

function causesIn(causes: readonly CauseStatus[], states: readonly SignalStatus['state'][]): CauseView[] {
  return causes.flatMap((status) => {
    const totals = status.totals.filter(({ state }) => states.includes(state))
    const signals = status.signals.filter(({ state }) => states.includes(state))
    return totals.length === 0 ? [] : [causeView(status, totals, signals)]
  })
}

function causeView(status: CauseStatus, totals: readonly SignalTotals[], signals: readonly SignalStatus[]): CauseView {
  const signalCount = totals.reduce((sum, each) => sum + each.signalCount, 0)
  const unlistedSignalCount = Math.max(0, signalCount - signals.length)
  const isComplete = unlistedSignalCount === 0
  const accounts = (of: (counts: AccountCounts) => number): AccountCount => ({
    count: totals.reduce((sum, each) => sum + of(each), 0),
    isExact: isComplete && signals.filter((signal) => of(signal) > 0).length <= 1,
  })
  return {
    causeId: status.cause.causeId,
    title: status.cause.title,
    kind: status.cause.kind,
    owner: status.cause.owner,
    isRegistered: status.isRegistered,
    signals,
    unlistedSignalCount,
    states: totals.map(({ state }) => state),
    findings: findingsOf(signals, isComplete),
    reasons: [...new Set(signals.flatMap((signal) => (signal.reason === null ? [] : [signal.reason])))],
    firstProposedAtMs: Math.min(...totals.map((each) => each.firstProposedAtMs)),
    audience: accounts((each) => each.audienceAccountCount),
    inForce: accounts((each) => each.inForceAccountCount),
    canaries: {
      count: signals.reduce((sum, { verdict }) => sum + verdict.canaryAccountCount, 0),
      isExact: signalCount === 1,
    },
    held: accounts((each) => Math.max(0, each.audienceAccountCount - each.inForceAccountCount)),
    loads: loadsOf(totals),
    creditAccountCount: status.credit.accountCount,
    creditSpentAccountCount: status.creditSpentAccountCount,
  }
}

type AccountCounts = Pick<SignalTotals, 'audienceAccountCount' | 'inForceAccountCount'>

const SEVERITY_ORDER = { reject: 0, hold: 1, note: 2 } as const satisfies Record<Finding['severity'], number>

function findingsOf(signals: readonly SignalStatus[], isExact: boolean): CauseFinding[] {
  const byRule = new Map<string, CauseFinding>()
  for (const signal of signals) {
    for (const finding of signal.verdict.findings) {
      const seen = byRule.get(finding.ruleId)
      byRule.set(finding.ruleId, { ...(seen ?? finding), signalCount: (seen?.signalCount ?? 0) + 1, isExact })
    }
  }
  return [...byRule.values()].sort(
    (left, right) =>
      SEVERITY_ORDER[left.severity] - SEVERITY_ORDER[right.severity] || left.ruleId.localeCompare(right.ruleId),
  )
}

function loadsOf(totals: readonly SignalTotals[]): ResourceLoad[] {
  const byResource = new Map<string, ResourceLoad>()
  for (const each of totals.flatMap(({ predicted }) => predicted)) {
    const seen = byResource.get(each.resourceId)
    byResource.set(each.resourceId, {
      resourceId: each.resourceId,
      accountCount: each.accountCount + (seen?.accountCount ?? 0),
      payloadBytes: each.payloadBytes + (seen?.payloadBytes ?? 0),
    })
  }
  return [...byResource.values()].sort((left, right) => left.resourceId.localeCompare(right.resourceId))
}
