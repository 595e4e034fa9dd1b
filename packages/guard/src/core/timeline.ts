import type { Action, ClientFigures, ResyncOutcome, Scope, Timeline, TimelineRow } from '@tidegate/protocol'
import { type TimelineEvent, timelineRow } from './timeline-row.ts'

/** A signal as it was proposed. */
export interface ProposedFact {
  readonly proposedAtMs: number
  readonly proposedBy: string
  readonly proposalCount: number
  readonly action: Action
  readonly scope: Scope
  readonly isEveryone: boolean
  readonly accountCount: number
  readonly reason: string | null
}

/** What clients told within one minute, each client once per signal and outcome: at the minute of its first report of it. */
export interface ClientMinute {
  /** A whole number of minutes. */
  readonly atMs: number
  readonly outcome: ResyncOutcome
  readonly clientCount: number
  /** Of them, whose first report about the signal it was. */
  readonly seenCount: number
  readonly fetchedBytes: number
}

export interface TimelineFacts {
  readonly signals: readonly ProposedFact[]
  readonly events: readonly TimelineEvent[]
  readonly minutes: readonly ClientMinute[]
}

const MINUTE_MS = 60_000
/** From a minute, which a person reads, up to a day. */
const STEPS_MS = [1, 5, 15, 60, 360, 1440].map((minutes) => minutes * MINUTE_MS)
const MAX_STEPS = 1000
/** As many as one answer holds. */
const MAX_ROWS = 10_000

/**
 * What happened, in order: each decision of a person; what was emitted and what the guard did, gathered by kind and step,
 * but never across a decision, which would read as if it had come later; what clients told, by step. Nothing is left out
 * of the sums: signals over the rows are the signals given, clients and bytes the minutes'.
 */
export function timelineOf(facts: TimelineFacts): Pick<Timeline, 'stepMs' | 'rows'> & { clients: ClientFigures } {
  const stepMs = stepFor([
    ...facts.signals.map(({ proposedAtMs }) => proposedAtMs),
    ...facts.events.map(({ atMs }) => atMs),
    ...facts.minutes.map(({ atMs }) => atMs),
  ])
  const startOf = (atMs: number) => Math.floor(atMs / stepMs) * stepMs
  const gathered = new Map<string, TimelineRow>()
  const gather = (key: string, row: TimelineRow) => {
    const known = gathered.get(key)
    gathered.set(key, known ? merged(known, row) : row)
  }
  const told = facts.events.map((event) => ({ event, ...timelineRow(event) }))
  const decidedAtMs = told.flatMap(({ row }) => ('by' in row ? [row.atMs] : [])).sort((left, right) => left - right)
  const stepOf = (atMs: number) => [startOf(atMs), countBefore(decidedAtMs, atMs)]
  for (const signal of facts.signals) {
    const row = emittedRow(signal)
    gather(JSON.stringify(['emitted', ...stepOf(row.atMs), row.by, row.action, row.scope, row.because]), row)
  }
  for (const { event, row, kinship } of told) {
    // A person's decision is one revision, about however many signals; the guard makes one for each.
    const when = 'by' in row ? ['revision', event.revision] : ['step', ...stepOf(event.atMs)]
    gather(JSON.stringify([row.kind, ...when, ...kinship]), row)
  }
  for (const minute of facts.minutes)
    gather(`clients ${startOf(minute.atMs)}`, clientsRow(minute, startOf(minute.atMs)))
  const rows = [...gathered.values()].sort(
    (left, right) => shownAt(left, stepMs) - shownAt(right, stepMs) || rankOf(left) - rankOf(right),
  )
  return { stepMs, rows: rows.slice(0, MAX_ROWS), clients: clientFigures(rows) }
}

/** @returns how many of some rising times are before a moment */
function countBefore(risingMs: readonly number[], atMs: number): number {
  let from = 0
  let below = risingMs.length
  while (from < below) {
    const middle = (from + below) >> 1
    if ((risingMs[middle] ?? atMs) < atMs) from = middle + 1
    else below = middle
  }
  return from
}

function stepFor(times: readonly number[]): number {
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for (const time of times) {
    first = Math.min(first, time)
    last = Math.max(last, time)
  }
  const spanMs = Math.max(0, last - first)
  return (
    STEPS_MS.find((stepMs) => spanMs / stepMs <= MAX_STEPS) ?? Math.ceil(spanMs / MAX_STEPS / MINUTE_MS) * MINUTE_MS
  )
}

/** Of one moment: announced before it is emitted, emitted before it is judged. */
function rankOf({ kind }: TimelineRow): number {
  return kind === 'registered' ? 0 : kind === 'emitted' ? 1 : 2
}

/** What clients told within a step is read after what was decided in it. */
function shownAt(row: TimelineRow, stepMs: number): number {
  return row.kind === 'clients' ? row.atMs + stepMs - 1 : row.atMs
}

function emittedRow(signal: ProposedFact) {
  const { proposedAtMs, proposedBy, reason, proposalCount, action, scope, isEveryone, accountCount } = signal
  return {
    kind: 'emitted',
    atMs: Math.max(0, proposedAtMs),
    by: proposedBy as Extract<TimelineRow, { kind: 'emitted' }>['by'], // an Actor when it was proposed
    because: reason,
    signalCount: 1,
    proposalCount,
    action,
    scope:
      scope.kind === 'account' ? 'the whole account' : scope.collections.map(({ collection }) => collection).join(', '),
    isEveryone,
    accountCount,
  } as const satisfies TimelineRow
}

function clientsRow(minute: ClientMinute, atMs: number): TimelineRow {
  const { outcome, clientCount, seenCount, fetchedBytes } = minute
  return { kind: 'clients', atMs, seen: seenCount, outcomes: { ...noOutcomes(), [outcome]: clientCount }, fetchedBytes }
}

export function noOutcomes(): Record<ResyncOutcome, number> {
  return { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 }
}

function clientFigures(rows: readonly TimelineRow[]): ClientFigures {
  let sum: ClientFigures = { seen: 0, outcomes: noOutcomes(), fetchedBytes: 0 }
  for (const row of rows) if (row.kind === 'clients') sum = addedFigures(sum, row)
  return sum
}

function addedFigures(left: ClientFigures, right: ClientFigures): ClientFigures {
  const outcomes = noOutcomes()
  for (const outcome of Object.keys(outcomes) as ResyncOutcome[]) {
    // the keys are those of the line before
    outcomes[outcome] = left.outcomes[outcome] + right.outcomes[outcome]
  }
  return { seen: left.seen + right.seen, outcomes, fetchedBytes: left.fetchedBytes + right.fetchedBytes }
}

/** Two rows of one key as one: what is counted per signal adds up, what is said of a whole decision stays. */
function merged(left: TimelineRow, right: TimelineRow): TimelineRow {
  if (left.kind === 'clients' && right.kind === 'clients') return { ...left, ...addedFigures(left, right) }
  if (left.kind === 'emitted' && right.kind === 'emitted') {
    return {
      ...left,
      signalCount: left.signalCount + right.signalCount,
      proposalCount: left.proposalCount + right.proposalCount,
      accountCount: left.accountCount + right.accountCount,
      isEveryone: left.isEveryone || right.isEveryone,
    }
  }
  if (left.kind === 'judged' && right.kind === 'judged') {
    return {
      ...left,
      signalCount: left.signalCount + right.signalCount,
      canaryAccountCount: left.canaryAccountCount + right.canaryAccountCount,
      heldAccountCount: left.heldAccountCount + right.heldAccountCount,
      ruleIds: [...new Set([...left.ruleIds, ...right.ruleIds])].sort().slice(0, 64),
    }
  }
  if (left.kind === 'stage' && right.kind === 'stage') {
    return {
      ...left,
      signalCount: left.signalCount + right.signalCount,
      endedCount: left.endedCount + right.endedCount,
      failedCount: left.failedCount + right.failedCount,
    }
  }
  if ('signalCount' in left && 'signalCount' in right) {
    return { ...left, signalCount: left.signalCount + right.signalCount }
  }
  return left
}
