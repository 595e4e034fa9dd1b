/** A mail as it lay on disk, before anybody looked inside. */
export interface RawMessage {
  readonly kind: 'raw'
  /** Where it came from, for the summary: a file's name, or its number in an mbox. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly folder: string
  readonly seen: boolean
  readonly flagged: boolean
  readonly answered: boolean
  /** When the store got it, for mails whose own headers do not say; milliseconds since 1970. */
  readonly storedAtMs: number
}

/** A mail that could not be read; the import goes on without it. */
export interface UnreadableMessage {
  readonly kind: 'unreadable'
  readonly name: string
  readonly reason: string
}

/** Largest mail taken in: twice what large providers accept (Gmail and Outlook document 25 MB), so that only broken files exceed it. */
export const MAX_MESSAGE_BYTES = 50_000_000

/** @returns the complaint about a mail of this size */
export function tooLarge(name: string, sizeBytes: number): UnreadableMessage {
  return { kind: 'unreadable', name, reason: `is larger than ${MAX_MESSAGE_BYTES} bytes (${sizeBytes})` }
}
