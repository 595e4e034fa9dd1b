/** A place in the chain: an event's number, counted from 1 without gaps, and its hash. */
export interface ChainHead {
  readonly eventNo: number
  /** SHA-256 in lower-case hexadecimal. */
  readonly sha256: string
}

/** What the first event of a ledger is chained to. */
export const CHAIN_START: ChainHead = { eventNo: 0, sha256: '0'.repeat(64) }

/** An event as it is stored. Its evidence is JSON text, kept byte for byte, so that no reader's idea of numbers can change its hash. */
export interface StoredEvent {
  readonly eventNo: number
  readonly revision: number
  readonly atMs: number
  readonly actor: string
  readonly kind: string
  readonly causeId: string | null
  readonly signalId: string | null
  readonly reason: string | null
  readonly evidenceText: string
}

export interface ChainedEvent extends StoredEvent {
  readonly previousSha256: string
  readonly eventSha256: string
}

/** SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal. */
export type Sha256 = (text: string) => string

/**
 * The text whose SHA-256 is an event's hash: `tidegate-event-1,` and then, in this order, the hash of the event before it,
 * number, revision, time, actor, kind, cause, signal, reason and evidence, each as a netstring (`<UTF-8 bytes>:<text>,`),
 * and `-,` for one that is absent. No two events have the same text. `tidegate_ledger.event_sha256` says the same in SQL.
 */
export function eventText(previousSha256: string, event: StoredEvent): string {
  const { eventNo, revision, atMs, actor, kind, causeId, signalId, reason, evidenceText } = event
  const fields = [previousSha256, eventNo, revision, atMs, actor, kind, causeId, signalId, reason, evidenceText]
  return `tidegate-event-1,${fields.map(netstring).join('')}`
}

const encoder = new TextEncoder()

function netstring(field: string | number | null): string {
  if (field === null) return '-,'
  const text = String(field)
  return `${encoder.encode(text).length}:${text},`
}

/** Links events to a chain, in their order. */
export function chainEvents(
  head: ChainHead,
  events: readonly Omit<StoredEvent, 'eventNo'>[],
  sha256: Sha256,
): { readonly head: ChainHead; readonly events: readonly ChainedEvent[] } {
  let last = head
  const chained = events.map((event) => {
    const stored = { ...event, eventNo: last.eventNo + 1 }
    const eventSha256 = sha256(eventText(last.sha256, stored))
    const linked = { ...stored, previousSha256: last.sha256, eventSha256 }
    last = { eventNo: stored.eventNo, sha256: eventSha256 }
    return linked
  })
  return { head: last, events: chained }
}
