import type { CauseStatus, GuardMode, SignalStatus, SignalTotals, Status, Verdict } from '@tidegate/protocol'
import { type Cell, columns, hanging } from './columns.ts'
import { bytesText, countOf, durationText, percentText } from './figures.ts'
import { switchLines } from './switch-text.ts'

const WIDTH = 96

/** Of a guard that does not enforce, for whoever wonders why nothing is stopped. */
const IN_MODE = {
  observe: 'verdicts are recorded, nothing is withheld from clients and nothing refused',
  off: 'proposals are taken in and wait for a verdict, nothing else is done',
} as const satisfies Record<Exclude<GuardMode, 'enforce'>, string>

/** What would have become of a signal that was judged while the guard observed. */
const WOULD_BE = {
  release: 'would go to',
  hold: 'would be held but for',
  reject: 'would be rejected',
} as const satisfies Record<Verdict['kind'], string>

/** What waits for a person: each cause, its signals, why they are held, and how to decide. */
export function holdsText({ causes, guardMode }: Pick<Status, 'causes' | 'guardMode'>): string[] {
  const waiting = causes
    .map((cause) => ({ ...cause, totals: cause.totals.filter(isWaiting), signals: cause.signals.filter(isWaiting) }))
    .filter(({ totals }) => totals.length > 0)
  if (waiting.length === 0) return ['nothing is held']
  const count = waiting.reduce((sum, { totals }) => sum + signalCountOf(totals), 0)
  return [
    ...waiting.flatMap((cause) => [...causeReport(cause, guardMode), '']),
    `${countOf(count, 'signal')} of ${countOf(waiting.length, 'cause')} ${count === 1 ? 'waits' : 'wait'} for a decision`,
    ...(guardMode === 'enforce' ? [] : [`the guard is in ${guardMode}: ${IN_MODE[guardMode]}`]),
  ]
}

/** A cause with its signals, and what the rules found: each rule once, with the way out. */
export function causeReport(cause: CauseStatus, guardMode: GuardMode): string[] {
  return [...causeText(cause, guardMode), ...findingsText(cause)]
}

/** Everything at a glance: modes, resources, causes, running resyncs. */
export function statusText(status: Status): string[] {
  const { guardMode, clientMode, globalCredit, resources, causes, resyncs, switches = [], serverNowMs } = status
  const facts = columns([
    ['guard', guardMode === 'enforce' ? guardMode : `${guardMode}: ${IN_MODE[guardMode]}`],
    ['clients', clientMode],
    ['active', `${countOf(status.activeAccountCount, 'account')}, ${countOf(status.activeClientCount, 'client')}`],
    [
      'credit',
      `${status.globalCreditSpentAccountCount.toLocaleString('en')} of ${countOf(globalCredit.accountCount, 'account')} spent by unapproved causes`,
    ],
  ])
  const loads = columns(
    resources.map(({ resourceId, leasedBytesPerSecond, capacityBytesPerSecond, activeAccountCount }): Cell[] => [
      resourceId,
      { figure: `${bytesText(leasedBytesPerSecond)}/s of ${bytesText(capacityBytesPerSecond)}/s leased` },
      { figure: countOf(activeAccountCount, 'account') },
    ]),
  )
  const running = columns(
    resyncs.map(({ accountId, clientClass, resourceId, servedBytes, wantBytes, endsInMs }): Cell[] => [
      accountId,
      clientClass,
      resourceId,
      { figure: `${bytesText(servedBytes)} of ${bytesText(wantBytes)}` },
      { figure: `lease ends in ${durationText(endsInMs)}` },
    ]),
  )
  const heldCount = signalCountOf(causes.flatMap(({ totals }) => totals.filter(isWaiting)))
  return [
    ...facts,
    ...section('switches', switchLines(switches, serverNowMs)),
    ...section('resources', loads),
    ...section(
      'causes',
      causes.flatMap((cause) => causeText(cause, guardMode)),
    ),
    ...section('resyncs', running),
    '',
    `${countOf(heldCount, 'signal')} ${guardMode === 'observe' ? 'recorded, none withheld' : 'held'}, ${countOf(resyncs.length, 'resync')} running`,
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function isWaiting({ state }: Pick<SignalStatus, 'state'>): boolean {
  return state === 'held' || state === 'paused'
}

function signalCountOf(totals: readonly SignalTotals[]): number {
  return totals.reduce((sum, { signalCount }) => sum + signalCount, 0)
}

function causeText(
  { cause, isRegistered, credit, creditSpentAccountCount, totals, signals }: CauseStatus,
  guardMode: GuardMode,
): string[] {
  const standing = isRegistered
    ? `${creditSpentAccountCount.toLocaleString('en')} of its credit of ${countOf(credit.accountCount, 'account')} spent`
    : 'not registered, no credit'
  return [
    `${cause.causeId}: ${cause.title} (${cause.kind}, ${standing})`,
    ...columns(alikeSignals(signals, guardMode).map((alike) => signalRow(alike, guardMode))).map((line) => `  ${line}`),
    ...gateTexts(signals),
    ...unlistedText(totals, signals),
  ]
}

/** A status lists the signals that matter most; its totals leave none out. */
function unlistedText(totals: readonly SignalTotals[], signals: readonly SignalStatus[]): string[] {
  return totals.flatMap(({ state, signalCount }) => {
    const unlistedCount = signalCount - signals.filter((signal) => signal.state === state).length
    return unlistedCount > 0 ? [`  … and ${unlistedCount.toLocaleString('en')} more ${state}`] : []
  })
}

/** More signals than this that differ in their accounts alone are one line: an event stream proposes page by page. */
const ALIKE_LISTED = 3

/** The signals in their order, those that are one line together. */
function alikeSignals(signals: readonly SignalStatus[], guardMode: GuardMode): readonly AlikeSignals[] {
  const groups = Map.groupBy(signals, (signal) =>
    [standingText(signal, guardMode), signal.action, collectionsText(signal)].join('\n'),
  )
  return [...groups.values()].flatMap((alike): AlikeSignals[] => {
    const [first, ...others] = alike
    if (!first) return []
    return alike.length > ALIKE_LISTED ? [[first, ...others]] : alike.map((signal) => [signal])
  })
}

type AlikeSignals = readonly [SignalStatus, ...SignalStatus[]]

function signalRow(alike: AlikeSignals, guardMode: GuardMode): Cell[] {
  const [signal] = alike
  const isObserved = isOnlyObserved(signal, guardMode)
  const sum = (of: (signal: SignalStatus) => number) => alike.reduce((total, each) => total + of(each), 0)
  const reachedCount = sum((each) => (isObserved ? each.verdict.canaryAccountCount : each.inForceAccountCount))
  const audience = countOf(
    sum((each) => each.audienceAccountCount),
    'account',
  )
  const payloadBytes = sum(({ predicted }) => predicted.reduce((total, part) => total + part.payloadBytes, 0))
  return [
    standingText(signal, guardMode),
    `${signal.action} ${collectionsText(signal)}`,
    {
      figure: `${reachedCount.toLocaleString('en')} of ${alike.length > 1 ? 'at most ' : ''}${audience}${isObserved ? '' : ' in force'}`,
    },
    { figure: bytesText(payloadBytes) },
    alike.length > 1 ? countOf(alike.length, 'signal') : signal.signalId,
  ]
}

function collectionsText({ scope }: SignalStatus): string {
  return scope.kind === 'account' ? 'whole account' : scope.collections.map(({ collection }) => collection).join(', ')
}

/** Judged in observe: its canaries are named in the verdict, and none of them is told. */
function isOnlyObserved({ state, verdict, inForceAccountCount }: SignalStatus, guardMode: GuardMode): boolean {
  return state === 'held' && (guardMode === 'observe' || verdict.canaryAccountCount > inForceAccountCount)
}

function standingText(signal: SignalStatus, guardMode: GuardMode): string {
  const { state, release, verdict, supersededBy } = signal
  if (isOnlyObserved(signal, guardMode)) return WOULD_BE[verdict.kind]
  if (supersededBy !== undefined) return `${state} by ${supersededBy}`
  if (release === null || (state !== 'released' && state !== 'paused')) return state
  return `${state} at ${percentText(release.stageShare)}`
}

/** What the gates of paused releases said, each sentence once. */
function gateTexts(signals: readonly SignalStatus[]): string[] {
  const said = signals.flatMap(({ state, release }) =>
    state === 'paused' && release?.gateBecause ? [`${release.gateOutcome}: ${release.gateBecause}`] : [],
  )
  return [...new Set(said)].flatMap((sentence) => hanging('  gate  ', sentence, WIDTH))
}

/** Signals of one cause break the same rules: each rule is told once. */
function findingsText({ signals }: CauseStatus): string[] {
  const byRule = Map.groupBy(
    signals.flatMap(({ verdict }) => verdict.findings),
    ({ ruleId }) => ruleId,
  )
  return [...byRule].flatMap(([ruleId, findings]) => {
    const { message = '', doInstead = '' } = findings[0] ?? {}
    const others = findings.length > 1 ? ` The same is found in ${countOf(findings.length - 1, 'more signal')}.` : ''
    return [...hanging(`  ${ruleId}  `, message + others, WIDTH), ...hanging(`${' '.repeat(9)}→ `, doInstead, WIDTH)]
  })
}
