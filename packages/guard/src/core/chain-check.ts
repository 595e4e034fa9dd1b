import {
  CHAIN_START,
  type ChainedEvent,
  type ChainHead,
  eventText,
  type Sha256,
  type StoredEvent,
} from './event-chain.ts'
import { evidenceOf } from './ledger-event.ts'

/** Where the events are not what was written. */
export interface ChainBreak {
  readonly kind: 'missing' | 'changed' | 'unlinked' | 'head-differs' | 'after-head' | 'unexpected-head'
  /** The event it was found at; of missing ones the first. */
  readonly eventNo: number
  /** What differs, in a sentence. The same break has the same sentence. */
  readonly message: string
  /** Who opened the ledger in spite of it and why; null when nobody did. */
  readonly accepted: Accepted | null
}
type Found = Omit<ChainBreak, 'accepted'>

interface Accepted {
  readonly by: string
  readonly because: string
}

export interface ChainFindings {
  readonly breaks: readonly ChainBreak[]
  /** Whether the head that was known before is part of the chain; `pruned` when nobody can say any more, null when none was. */
  readonly expectedHead: 'same' | 'different' | 'pruned' | null
}

/** What the ledger says of its events beside them. */
export interface ChainFrame {
  readonly head: ChainHead
  /** The last event that a prune removed; 0 when none was. */
  readonly prunedEventNo: number
  /** The highest number there is, beyond the head too; 0 when there is no event. */
  readonly lastEventNo: number
}

/**
 * Reads events by rising number and finds where the chain is broken. It goes on behind a break: what follows is judged by
 * what it says of itself, so each break is told once.
 */
export class ChainCheck {
  readonly #sha256: Sha256
  readonly #startsAfter: number
  readonly #expected: ChainHead | null
  readonly #breaks: Found[] = []
  readonly #prunes = new Map<number, string>()
  readonly #accepted = new Map<string, Accepted>()
  readonly #bridges = new Map<number, Accepted>()
  #last: { readonly eventNo: number; readonly sha256: string | null }
  #firstPrevious: string | null = null
  #eventCount = 0
  #foundExpected: string | null = null

  /**
   * @param options.startsAfter the number before the first event to be read; 0 reads from the ledger's beginning
   * @param options.expected a head that was known before, from outside: it must still be part of the chain
   */
  constructor(options: { sha256: Sha256; startsAfter: number; expected?: ChainHead | undefined }) {
    this.#sha256 = options.sha256
    this.#startsAfter = options.startsAfter
    this.#expected = options.expected ?? null
    this.#last = { eventNo: options.startsAfter, sha256: options.startsAfter === 0 ? CHAIN_START.sha256 : null }
  }

  get eventCount(): number {
    return this.#eventCount
  }

  read(event: ChainedEvent): void {
    const { eventNo, previousSha256, eventSha256 } = event
    const last = this.#last
    if (this.#eventCount === 0) this.#firstPrevious = previousSha256
    this.#eventCount += 1
    if (eventNo !== last.eventNo + 1) this.#missing(last.eventNo + 1, eventNo - 1)
    else if (last.sha256 !== null && previousSha256 !== last.sha256) {
      this.#found(
        'unlinked',
        eventNo,
        `${name(eventNo)} follows ${short(previousSha256)}, and before it stands ${short(last.sha256)}`,
      )
    }
    const actual = this.#sha256(eventText(previousSha256, event))
    if (actual !== eventSha256) {
      this.#found(
        'changed',
        eventNo,
        `${name(eventNo)} was written as ${short(eventSha256)}, and what it says now is ${short(actual)}`,
      )
    }
    if (this.#expected?.eventNo === eventNo) this.#foundExpected = eventSha256
    this.note(event)
    this.#last = { eventNo, sha256: eventSha256 }
  }

  /** Call it once, after the last event up to the frame's head. @returns every break, in order */
  finish(frame: ChainFrame): ChainFindings {
    const { head, prunedEventNo, lastEventNo } = frame
    const last = this.#last
    if (last.eventNo < head.eventNo) this.#missing(last.eventNo + 1, head.eventNo)
    else if (last.sha256 !== null && last.sha256 !== head.sha256) {
      this.#found(
        'head-differs',
        head.eventNo,
        `${name(head.eventNo)} is ${short(last.sha256)}, and the ledger ended with ${short(head.sha256)}`,
      )
    }
    if (lastEventNo > head.eventNo) {
      this.#found(
        'after-head',
        head.eventNo + 1,
        `${names(head.eventNo + 1, lastEventNo)} stand behind the ledger's end, which is ${name(head.eventNo)}`,
      )
    }
    const isPruneProven = prunedEventNo === 0 || this.#prunes.get(prunedEventNo) === this.#firstPrevious
    if (this.#startsAfter === prunedEventNo && !isPruneProven) {
      this.#missing(1, prunedEventNo, ', and no event says that they were pruned')
    }
    const expectedHead = this.#compareExpected(prunedEventNo)
    const breaks = this.#breaks.map((found) => ({ ...found, accepted: this.#acceptedBy(found) }))
    return { breaks: breaks.sort((left, right) => left.eventNo - right.eventNo), expectedHead }
  }

  #compareExpected(prunedEventNo: number): ChainFindings['expectedHead'] {
    const expected = this.#expected
    if (expected === null) return null
    const { eventNo, sha256 } = expected
    const actual = eventNo === 0 ? CHAIN_START.sha256 : (this.#foundExpected ?? this.#prunes.get(eventNo) ?? null)
    if (actual === sha256) return 'same'
    if (actual === null && eventNo <= prunedEventNo) return 'pruned'
    const what = actual === null ? 'it is not there' : `it is ${short(actual)}`
    this.#found('unexpected-head', eventNo, `${name(eventNo)} was known to be ${short(sha256)}, and ${what}`)
    return 'different'
  }

  #acceptedBy(found: Found): ChainBreak['accepted'] {
    const known = this.#accepted.get(keyOf(found))
    if (known) return known
    // The event that accepts an end which was not what the ledger said is the first one behind it.
    return found.kind === 'unlinked' ? (this.#bridges.get(found.eventNo) ?? null) : null
  }

  /** Learns what an event says about the chain itself, without reading it as part of the chain. */
  note(event: Pick<StoredEvent, 'eventNo' | 'kind' | 'actor' | 'reason' | 'evidenceText'>): void {
    const { kind, actor, reason, eventNo } = event
    if (kind !== 'events-pruned' && kind !== 'chain-break-accepted') return
    const read = { kind, evidence: evidenceJson(event.evidenceText) }
    const pruned = evidenceOf('events-pruned', read)
    if (pruned) this.#prunes.set(pruned.throughEventNo, pruned.throughSha256)
    const accepted = evidenceOf('chain-break-accepted', read)
    if (!accepted) return
    const whose = { by: actor, because: reason ?? '' }
    for (const known of accepted.breaks) this.#accepted.set(keyOf(known), whose)
    this.#bridges.set(eventNo, whose)
  }

  #missing(from: number, through: number, more = ''): void {
    this.#found('missing', from, `${names(from, through)} ${from === through ? 'is' : 'are'} missing${more}`)
  }

  #found(kind: ChainBreak['kind'], eventNo: number, message: string): void {
    this.#breaks.push({ kind, eventNo, message })
  }
}

function keyOf({ eventNo, message }: { readonly eventNo: number; readonly message: string }): string {
  return `${eventNo} ${message}`
}

function evidenceJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function name(eventNo: number): string {
  return `event ${eventNo}`
}

function names(from: number, through: number): string {
  return from === through ? name(from) : `events ${from} to ${through}`
}

/** Twelve digits tell hashes apart for people; the whole ones are in the events. */
function short(sha256: string): string {
  return `${sha256.slice(0, 12)}…`
}
