import {
  AccountId,
  type Action,
  type CauseId,
  type ClientClass,
  type Finding,
  readOutboxProposal,
  type Scope,
} from '@tidegate/protocol'
import type { Measurement, NamedAccounts, OutboxGroup } from './measurement.ts'
import type { SourcePlace } from './source-text.ts'
import type { Statement } from './statement.ts'
import type { Suspicion } from './suspicion.ts'

/** What an unapproved cause may reach, and for how long a signal may live: the guard's own defaults, for a fleet of this size. */
export interface CheckLimits {
  readonly activeAccountCount: number
  readonly creditAccountCount: number
  readonly globalCreditAccountCount: number
  readonly longestExpiryMs: number
}

/** What one cause would tell clients. */
export interface CauseFacts {
  readonly causeId: CauseId
  readonly signals: readonly SignalFacts[]
  /** Rows that `tidegate.propose` wrote. */
  readonly proposalCount: number
  /** Distinct accounts; null when one of its signals is for everyone, whom only the guard's registry can count. */
  readonly accountCount: number | null
  readonly namedAccountCount: number
  readonly firstAccountIds: readonly string[]
}

/** What the guard will make one signal of. */
export interface SignalFacts {
  readonly action: Action
  readonly scope: Scope
  readonly isEveryone: boolean
  /** Classes that it is limited to; null for clients of every class. */
  readonly clientClasses: readonly ClientClass[] | null
  readonly reason: string | null
  readonly expiresInMs: number | null
  /** Lines of the file on which it was proposed, rising. */
  readonly lines: readonly number[]
}

/** Everything that the rules see. */
export interface CheckFacts {
  readonly limits: CheckLimits
  /** In the order of their ids. */
  readonly causes: readonly CauseFacts[]
  readonly namedAccountCount: number
  /** Rows of the outbox that are no proposals: why, and where they came from. */
  readonly malformed: readonly {
    readonly because: string
    readonly rowCount: number
    readonly lines: readonly number[]
  }[]
  readonly suspicions: readonly Suspicion[]
}

/** One thing that the checker looks for. Its page is `apps/docs/rules/<ruleId>.md`. */
export interface CheckRule {
  readonly ruleId: string
  readonly title: string
  readonly check: (facts: CheckFacts) => readonly Finding[]
}

/** @param statements those of the migration, whose places the measurement counts by */
export function checkFacts(
  measurement: Measurement,
  statements: readonly Statement[],
  suspicions: readonly Suspicion[],
  limits: CheckLimits,
): CheckFacts {
  const byCause = new Map<CauseId, { signals: SignalFacts[]; proposalCount: number }>()
  const malformed: CheckFacts['malformed'][number][] = []
  for (const group of measurement.groups) {
    const lines = linesOf(group, statements)
    const read = readOutboxProposal(group.proposal)
    if (read.kind === 'malformed') {
      malformed.push({ because: read.because, rowCount: group.rowCount, lines })
      continue
    }
    const { causeId, action, scope, clientClasses = null, reason = null, expiresInMs = null } = read.proposal
    const cause = byCause.get(causeId) ?? { signals: [], proposalCount: 0 }
    cause.signals.push({ action, scope, isEveryone: group.isEveryone, clientClasses, reason, expiresInMs, lines })
    cause.proposalCount += group.rowCount
    byCause.set(causeId, cause)
  }
  const named = new Map(measurement.named.map((accounts) => [accounts.causeId, accounts]))
  return {
    limits,
    causes: [...byCause]
      .map(([causeId, cause]) => causeFacts(causeId, cause, named.get(causeId)))
      .sort((left, right) => (left.causeId < right.causeId ? -1 : 1)),
    namedAccountCount: measurement.namedAccountCount,
    malformed,
    suspicions: [...suspicions, ...measurement.suspicions].sort(byPlace),
  }
}

function causeFacts(
  causeId: CauseId,
  { signals, proposalCount }: { signals: SignalFacts[]; proposalCount: number },
  named: NamedAccounts | undefined,
): CauseFacts {
  const namedAccountCount = named?.accountCount ?? 0
  const isEveryone = signals.some((signal) => signal.isEveryone)
  return {
    causeId,
    signals,
    proposalCount,
    accountCount: isEveryone ? null : namedAccountCount,
    namedAccountCount,
    // A row written by hand may hold what would not be safe to print.
    firstAccountIds: (named?.firstAccountIds ?? []).filter((id) => AccountId.safeParse(id).success),
  }
}

function linesOf(group: OutboxGroup, statements: readonly Statement[]): number[] {
  const places = group.statementIndexes.flatMap((index): SourcePlace[] => {
    const statement = statements[index]
    return statement ? [statement.proposePlace ?? statement.place] : []
  })
  return [...new Set(places.map(({ line }) => line))].sort((left, right) => left - right)
}

function byPlace(left: Suspicion, right: Suspicion): number {
  return (left.place?.line ?? Number.POSITIVE_INFINITY) - (right.place?.line ?? Number.POSITIVE_INFINITY) || 0
}

/** `the whole account`, or `messages, bodies`: what several signals cover together. */
export function scopesText(signals: readonly SignalFacts[]): string {
  if (signals.some(({ scope }) => scope.kind === 'account')) return 'the whole account'
  return [...new Set(signals.flatMap(({ scope }) => collectionsOf(scope)))].sort().join(', ')
}

/** @returns the names, none for the whole account */
export function collectionsOf(scope: Scope): string[] {
  return scope.kind === 'account' ? [] : scope.collections.map(({ collection }) => collection)
}

/** @returns the lines of all of them, rising, each once */
export function linesOfSignals(signals: readonly SignalFacts[]): number[] {
  return [...new Set(signals.flatMap(({ lines }) => lines))].sort((left, right) => left - right)
}
