import { type ClientFigures, describeSwitch, type Target, type Timeline, type TimelineRow } from '@tidegate/protocol'
import { bytesText, countOf, durationText, percentText } from './figures.ts'

/** What a row of a timeline says, in the words of the console and the docs. */
export interface RowWords {
  /** `11:40:10` for a decision, `11:40` for what clients told in the step that begins then. UTC. */
  readonly time: string
  readonly who: string
  readonly what: string
  /** In the words of whoever decided; null when nobody gave a reason. */
  readonly why: string | null
}

export function rowWords(row: TimelineRow): RowWords {
  const isStep = row.kind === 'clients'
  return {
    time: new Date(row.atMs).toISOString().slice(11, isStep ? 16 : 19),
    who: whoOf(row),
    what: whatOf(row),
    why: 'because' in row ? row.because : null,
  }
}

function whoOf(row: TimelineRow): string {
  if (row.kind === 'clients') return 'clients'
  if (row.kind === 'switch' && row.step === 'ended') return 'guard'
  return 'by' in row ? row.by : 'guard'
}

function whatOf(row: TimelineRow): string {
  switch (row.kind) {
    case 'registered':
      return `registered it: unapproved it may reach ${countOf(row.creditAccountCount, 'account')}`
    case 'emitted': {
      const calls = row.proposalCount > row.signalCount ? ` (${countOf(row.proposalCount, 'proposal')})` : ''
      const whom = row.isEveryone
        ? `everyone, ${countOf(row.accountCount, 'account')}`
        : countOf(row.accountCount, 'account')
      return `emitted ${countOf(row.signalCount, 'signal')}${calls} for ${whom}: ${row.action} ${row.scope}`
    }
    case 'judged':
      return judgedText(row)
    case 'approved':
      return `approved ${signals(row)} for ${countOf(row.accountCount, 'account')}, in stages of ${row.shares.map(percentText).join(', ')}${row.supersedes ? `, in the place of ${targetText(row.supersedes)}` : ''}`
    case 'advanced':
      return `moved ${signals(row)} on to the next stage`
    case 'rejected':
      return `rejected ${signals(row)} for ${countOf(row.accountCount, 'account')}${neverText(row.neverBegunAccountCount)}`
    case 'revoked':
      return `revoked ${signals(row)} for ${countOf(row.accountCount, 'account')}${neverText(row.neverBegunAccountCount)}`
    case 'extended':
      return extendedText(row)
    case 'superseded':
      return `superseded ${signals(row)} for ${countOf(row.accountCount, 'account')} by ${targetText(row.supersededBy)}; ${countOf(row.neverBegunAccountCount, 'account')} had not begun`
    case 'stage':
      return stageText(row)
    case 'expired':
      return `${countOf(row.signalCount, 'signal')} expired`
    case 'modes':
      return `switched the guard to ${row.guardMode}, clients to ${row.clientMode}`
    case 'switch':
      return switchText(row)
    case 'other':
      return `${row.event}, ${countOf(row.signalCount, 'signal')}`
    case 'clients':
      return clientsText(row)
  }
}

function signals({ signalCount }: { readonly signalCount: number }): string {
  return countOf(signalCount, 'signal')
}

function targetText(target: Target): string {
  return target.kind === 'cause' ? target.causeId : `signal ${target.signalId}`
}

function extendedText(row: Extract<TimelineRow, { kind: 'extended' }>): string {
  const { expiresAtMs, windowMs, accountCount } = row
  const until = expiresAtMs === null ? [] : [`until ${dayText(expiresAtMs)}, ${clockText(expiresAtMs)}`]
  const window = windowMs === null ? [] : [`a window of ${durationText(windowMs)}`]
  return `gave ${signals(row)} for ${countOf(accountCount, 'account')} more time: ${[...until, ...window].join(', ')}`
}

function switchText({ step, switchNo, effect, endsAtMs }: Extract<TimelineRow, { kind: 'switch' }>): string {
  const what = describeSwitch(effect)
  if (step === 'set') return `set switch ${switchNo} until ${dayText(endsAtMs)}, ${clockText(endsAtMs)}: ${what}`
  return step === 'lifted' ? `lifted switch ${switchNo}: ${what}` : `switch ${switchNo} ended by itself: ${what}`
}

function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16)
}

function neverText(count: number): string {
  return `; ${countOf(count, 'account')} never began and never will`
}

function judgedText(row: Extract<TimelineRow, { kind: 'judged' }>): string {
  const { verdict, guardMode, signalCount, canaryAccountCount, heldAccountCount, ruleIds } = row
  const rules = ruleIds.length > 0 ? ` (${ruleIds.join(', ')})` : ''
  const isObserved = guardMode !== 'enforce'
  const figures = `${countOf(canaryAccountCount, 'account')} in force, ${heldAccountCount.toLocaleString('en')} held`
  const done = { release: 'released', hold: 'held', reject: 'rejected' }[verdict]
  if (isObserved) return `would have ${done} ${countOf(signalCount, 'signal')}${rules}, and only observes`
  if (verdict === 'reject') return `rejected ${countOf(signalCount, 'signal')}${rules}: nothing of it was ever in force`
  return `${done} ${countOf(signalCount, 'signal')}${rules}: ${figures}`
}

function stageText(row: Extract<TimelineRow, { kind: 'stage' }>): string {
  const { step, stageShare, gateOutcome, endedCount, failedCount } = row
  const reports =
    endedCount === 0
      ? 'no client had come to an end'
      : `${countOf(endedCount, 'client')} had come to an end, ${failedCount === 0 ? 'none failed' : `${failedCount.toLocaleString('en')} of them failed`}`
  const gate = `gate ${gateOutcome ?? 'not judged'}: ${reports}`
  const share = stageShare === null ? '' : ` at ${percentText(stageShare)}`
  if (step === 'paused') return `paused the release${share}, ${gate}`
  if (step === 'settled') return `the release is complete${share}, ${gate}`
  return `let ${stageShare === null ? 'the next stage' : percentText(stageShare)} out, ${gate}`
}

/** `20 seen, 17 consistent, 1 resynced, 3.4 MB`: what there was none of is left out. */
export function clientsText({ seen, outcomes, fetchedBytes }: ClientFigures): string {
  const parts = Object.entries({ seen, ...outcomes })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
  if (fetchedBytes > 0) parts.push(`${bytesText(fetchedBytes)} fetched`)
  return parts.join(', ') || 'nothing'
}

/** What it came to, one fact a line: a name and a figure. */
export function totalsWords({ totals }: Pick<Timeline, 'totals'>): [string, string][] {
  const { signalCount, accountCount, neverBegunAccountCount, clients } = totals
  return [
    ['signals', `${signalCount.toLocaleString('en')} for ${countOf(accountCount, 'account')}`],
    ['never began', countOf(neverBegunAccountCount, 'account')],
    ['clients', clientsText({ ...clients, fetchedBytes: 0 })],
    ['fetched', bytesText(clients.fetchedBytes)],
  ]
}

/** `25 July 2023` */
export function dayText(atMs: number): string {
  const day = new Date(atMs)
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** Rows of one day together. */
export function byDay(rows: readonly TimelineRow[]): [string, TimelineRow[]][] {
  const days = new Map<string, TimelineRow[]>()
  for (const row of rows) {
    const day = dayText(row.atMs)
    const known = days.get(day)
    if (known) known.push(row)
    else days.set(day, [row])
  }
  return [...days]
}
