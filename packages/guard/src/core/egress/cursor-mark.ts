import { murmur3 } from '@tidegate/protocol'

/**
 * A mark on a cursor: the client that presents it was sent the signal's flag with it, and has it.
 *
 * `carried`: the flag came with this very cursor, when the client stood at `place`; the ledger is yet to hear that it
 * arrived. `settled`: the ledger knows.
 */
export type CursorMark =
  | { readonly kind: 'carried'; readonly signalKey: string; readonly place: string }
  | { readonly kind: 'settled'; readonly signalKey: string }

/** What a client presented: the host's own cursor, and the marks on it. */
export interface PresentedCursor {
  /** As the client sent it; null when it begins anew. */
  readonly text: string | null
  /** As the host gave it. */
  readonly cursor: string | null
  readonly marks: readonly CursorMark[]
}

/** Marks on one cursor; the oldest fall off. As many as signals that one client can have in force. */
export const MAX_MARKS = 16

// `~` needs no escape in a URL (RFC 3986 section 2.3); 16 hex digits name a signal, 8 a place.
const PREFIX = '~tg.'
const MARKS = /^[0-9a-f]{16}(?:[0-9a-f]{8})?(?:\.[0-9a-f]{16}(?:[0-9a-f]{8})?){0,15}$/

// Seeds only have to differ. "sig1", "sig2" and "plac" in ASCII.
const SIGNAL_SEEDS = [0x73696731, 0x73696732] as const
const PLACE_SEED = 0x706c6163

/** Names a signal in a mark: 64 bits, so that the few in force for a client never share one. */
export function signalKeyOf(signalId: string): string {
  return SIGNAL_SEEDS.map((seed) => hex(murmur3(signalId, seed))).join('')
}

/** Names where a client stands, by the cursor it presented: 32 bits, told apart within one session. */
export function placeOf(presentedText: string): string {
  return hex(murmur3(presentedText, PLACE_SEED))
}

/** Takes a presented cursor apart. Text that only looks like a mark is the host's own. */
export function readCursor(text: string | null): PresentedCursor {
  const at = text === null ? -1 : text.lastIndexOf(PREFIX)
  if (text === null || at < 0) return { text, cursor: text, marks: NO_MARKS }
  const marks = text.slice(at + PREFIX.length)
  if (!MARKS.test(marks)) return { text, cursor: text, marks: NO_MARKS }
  return { text, cursor: text.slice(0, at), marks: marks.split('.').map(readMark) }
}

/** The cursor with these marks, oldest first; one per signal, at most {@link MAX_MARKS}. */
export function markedCursor(cursor: string, marks: readonly CursorMark[]): string {
  if (marks.length === 0) return cursor
  const bySignal = new Map(marks.map((mark) => [mark.signalKey, mark]))
  const kept = [...bySignal.values()].slice(-MAX_MARKS)
  return `${cursor}${PREFIX}${kept.map(writeMark).join('.')}`
}

const NO_MARKS: readonly CursorMark[] = []

function readMark(text: string): CursorMark {
  const signalKey = text.slice(0, 16)
  return text.length === 16 ? { kind: 'settled', signalKey } : { kind: 'carried', signalKey, place: text.slice(16) }
}

function writeMark(mark: CursorMark): string {
  return mark.kind === 'settled' ? mark.signalKey : mark.signalKey + mark.place
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}
