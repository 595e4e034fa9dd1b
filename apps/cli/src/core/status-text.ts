import type { CauseStatus, SignalStatus, SignalTotals, Status } from '@tidegate/protocol'
import { type Cell, columns, hanging } from './columns.ts'
import { bytesText, countOf, durationText, percentText } from './figures.ts'

const WIDTH = 96

/** What waits for a person: each cause, its signals, why they are held, and how to decide. */
export function holdsText({ causes }: Pick<Status, 'causes'>): string[] {
  const waiting = causes
    .map((cause) => ({ ...cause, totals: cause.totals.filter(isWaiting), signals: cause.signals.filter(isWaiting) }))
    .filter(({ totals }) => totals.length > 0)
  if (waiting.length === 0) return ['nothing is held']
  const count = waiting.reduce((sum, { totals }) => sum + signalCountOf(totals), 0)
  return [
    ...waiting.flatMap((cause) => [...causeReport(cause), '']),
    `${countOf(count, 'signal')} of ${countOf(waiting.length, 'cause')} ${count === 1 ? 'waits' : 'wait'} for a decision`,
  ]
}

/** A cause with its signals, and what the rules found: each rule once, with the way out. */
export function causeReport(cause: CauseStatus): string[] {
  return [...causeText(cause), ...findingsText(cause)]
}

/** Everything at a glance: modes, resources, causes, running resyncs. */
export function statusText(status: Status): string[] {
  const { guardMode, clientMode, globalCredit, resources, causes, resyncs } = status
  const facts = columns([
    ['guard', guardMode],
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
    ...section('resources', loads),
    ...section('causes', causes.flatMap(causeText)),
    ...section('resyncs', running),
    '',
    `${countOf(heldCount, 'signal')} held, ${countOf(resyncs.length, 'resync')} running`,
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

function causeText({ cause, isRegistered, credit, creditSpentAccountCount, totals, signals }: CauseStatus): string[] {
  const standing = isRegistered
    ? `${creditSpentAccountCount.toLocaleString('en')} of its credit of ${countOf(credit.accountCount, 'account')} spent`
    : 'not registered, no credit'
  return [
    `${cause.causeId}: ${cause.title} (${cause.kind}, ${standing})`,
    ...columns(signals.map(signalRow)).map((line) => `  ${line}`),
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

function signalRow(signal: SignalStatus): Cell[] {
  const { action, scope, state, audienceAccountCount, inForceAccountCount, predicted, signalId } = signal
  const payloadBytes = predicted.reduce((sum, part) => sum + part.payloadBytes, 0)
  const collections =
    scope.kind === 'account' ? 'whole account' : scope.collections.map(({ collection }) => collection).join(', ')
  return [
    stateText(signal, state),
    `${action} ${collections}`,
    { figure: `${inForceAccountCount.toLocaleString('en')} of ${countOf(audienceAccountCount, 'account')} in force` },
    { figure: bytesText(payloadBytes) },
    signalId,
  ]
}

function stateText({ release, supersededBy }: SignalStatus, state: SignalStatus['state']): string {
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
  const byRule = new Map(signals.flatMap(({ verdict }) => verdict.findings).map((finding) => [finding.ruleId, finding]))
  return [...byRule.values()].flatMap(({ ruleId, message, doInstead }) => [
    ...hanging(`  ${ruleId}  `, message, WIDTH),
    ...hanging(`${' '.repeat(9)}→ `, doInstead, WIDTH),
  ])
}
