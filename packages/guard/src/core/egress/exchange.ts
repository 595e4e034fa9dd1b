import type { InForce } from '../in-force.ts'
import type { SignalRecord } from '../signal-record.ts'
import { coversFlag } from './covers-flag.ts'
import { type CursorMark, markedCursor, type PresentedCursor, placeOf, signalKeyOf } from './cursor-mark.ts'
import type { AttachedFlag, Detected, EventStream, ResetFlag } from './event-stream.ts'

/**
 * What a node does about flags: `enforce` withholds and attaches, `observe` lets pass and records, `off` lets pass.
 * `cut-off` is `enforce` without its ledger for a lease term: flags wait, and nothing is attached.
 */
export type Standing = 'enforce' | 'observe' | 'off' | 'cut-off'

/** A page that is about to leave, and all that its fate depends on. */
export interface Exchange<Event> {
  readonly standing: Standing
  readonly presented: PresentedCursor
  readonly events: readonly Event[]
  /** For each event, its flag; null when no event has one. */
  readonly detected: readonly (Detected<Event> | null)[] | null
  /** What is in force for the client now. */
  readonly inForce: readonly InForce[]
  /** What has been let out to the account, whether its turn has come or not. */
  readonly released: readonly SignalRecord[]
}

/** What the ledger has to do, and have done, before the page may leave. */
export interface LedgerErrands {
  /** Flags that nothing covers, in the order of their events: to be recorded as proposals. */
  readonly unknown: readonly ResetFlag[]
  /** Flags whose turn has come: each may leave only when its delivery is written down. */
  readonly due: readonly SignalRecord[]
  /** Flags of which the client proves that they arrived. */
  readonly arrived: readonly (CursorMark & { readonly kind: 'carried' })[]
}

/** Which errands succeeded. */
export interface LedgerOutcome {
  readonly recorded: ReadonlySet<ResetFlag>
  /** Those that may leave: not delivered to this place and acknowledged before, and not ended meanwhile. */
  readonly claimed: readonly SignalRecord[]
  readonly acknowledged: boolean
}

/** What leaves. `refuse`: not even a shorter page can, because the client has no cursor to come back with. */
export type PageFate<Event> =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  | {
      readonly kind: 'rewrite'
      readonly events: readonly Event[]
      readonly cursor: string
      readonly endsEarly: boolean
      readonly flags: readonly AttachedFlag[]
    }

const NO_ERRANDS: LedgerErrands = { unknown: [], due: [], arrived: [] }

/** The flags of a page's events, or null when there is none: most pages, so it allocates nothing for them. */
export function detectFlags<Event>(
  detect: (event: Event) => Detected<Event> | null,
  events: readonly Event[],
): readonly (Detected<Event> | null)[] | null {
  for (const event of events) if (detect(event) !== null) return events.map(detect)
  return null
}

/** What the ledger is asked to do for this page. */
export function errandsOf<Event>(exchange: Exchange<Event>): LedgerErrands {
  const { standing, presented, inForce } = exchange
  if (standing === 'off' || standing === 'cut-off') return NO_ERRANDS
  const unknown = flagsOf(exchange).filter((flag) => !isCovered(exchange, flag))
  const arrived = presented.marks.filter((mark) => mark.kind === 'carried')
  // Whoever begins anew is about to load everything as it is now: it needs no flag.
  if (standing === 'observe' || presented.text === null) return { unknown, due: [], arrived }
  const had = new Set(presented.marks.map(({ signalKey }) => signalKey))
  const due = inForce
    .filter(({ record, notBeforeInMs }) => notBeforeInMs <= 0 && !had.has(signalKeyOf(record.signalId)))
    .map(({ record }) => record)
  return { unknown, due, arrived }
}

/** What leaves, given what the ledger has done. Nothing leaves with a flag in it that the ledger does not have. */
export function fateOf<Page, Event>(
  stream: Pick<EventStream<Page, Event>, 'cursorOf' | 'cursorAfter'>,
  page: Page,
  exchange: Exchange<Event>,
  outcome: LedgerOutcome,
): PageFate<Event> {
  const { standing, presented, events, detected } = exchange
  const isFiltering = standing === 'enforce' || standing === 'cut-off'
  const flags = isFiltering ? outcome.claimed.map(attachedFlag) : []
  const marks = marksAfter(exchange, outcome)
  const end = isFiltering ? firstUnrecorded(exchange, outcome) : events.length
  if (end === events.length && !(isFiltering && detected) && flags.length === 0 && marks.length === 0)
    return { kind: 'pass' }
  const endsEarly = end < events.length
  const last = events[end - 1]
  const cursor = !endsEarly ? stream.cursorOf(page) : last === undefined ? presented.cursor : stream.cursorAfter(last)
  if (cursor === null) return { kind: 'refuse' }
  const kept = isFiltering ? withoutFlags(events.slice(0, end), detected) : events
  return { kind: 'rewrite', events: kept, cursor: markedCursor(cursor, marks), endsEarly, flags }
}

function flagsOf<Event>({ detected }: Exchange<Event>): readonly ResetFlag[] {
  return detected?.flatMap((each) => (each ? [each.flag] : [])) ?? []
}

function isCovered<Event>({ released }: Exchange<Event>, flag: ResetFlag): boolean {
  return released.some((record) => coversFlag(record, flag))
}

/** Where the page has to end: before the first flag that is not in the ledger. */
function firstUnrecorded<Event>(exchange: Exchange<Event>, { recorded }: LedgerOutcome): number {
  const { detected, events, standing } = exchange
  const isHeld = (each: Detected<Event> | null) =>
    each !== null && (standing === 'cut-off' || !(recorded.has(each.flag) || isCovered(exchange, each.flag)))
  const at = detected?.findIndex(isHeld) ?? -1
  return at < 0 ? events.length : at
}

function withoutFlags<Event>(events: readonly Event[], detected: Exchange<Event>['detected']): readonly Event[] {
  if (!detected) return events
  return events.flatMap((event, at) => {
    const found = detected[at]
    if (!found) return [event]
    return found.rest === undefined ? [] : [found.rest]
  })
}

/** A mark stays with its cursor for good: a node that has not heard of its signal yet must not take it off. */
function marksAfter<Event>(exchange: Exchange<Event>, outcome: LedgerOutcome): readonly CursorMark[] {
  const { presented, released, standing } = exchange
  if (presented.text === null) {
    if (standing !== 'enforce') return []
    return released.map(({ signalId }) => ({ kind: 'settled', signalKey: signalKeyOf(signalId) }))
  }
  const place = placeOf(presented.text)
  return [
    ...presented.marks.map((mark) => (outcome.acknowledged ? settled(mark) : mark)),
    ...outcome.claimed.map(({ signalId }) => ({ kind: 'carried' as const, signalKey: signalKeyOf(signalId), place })),
  ]
}

function settled({ signalKey }: CursorMark): CursorMark {
  return { kind: 'settled', signalKey }
}

function attachedFlag({ signalId, causeId, action, scope, reason }: SignalRecord): AttachedFlag {
  return { signalId, causeId, action, scope, reason }
}
