import PostalMime, { type Email, type Address as ParsedAddress } from 'postal-mime'
import { type Address, type NewMessage, snippetOf } from '../mailbox/message.ts'
import { hasNul, storableText } from '../mailbox/storable-text.ts'
import type { RawMessage } from './raw-message.ts'

export type ParsedMessage =
  /** `lostNul`: it held U+0000, which PostgreSQL cannot store; the character was left out. */
  | { readonly kind: 'parsed'; readonly message: NewMessage; readonly lostNul: boolean }
  | { readonly kind: 'unreadable'; readonly reason: string }

// A file with none of these is not a mail, whatever a tolerant parser makes of its first lines.
const MAIL_FIELDS = ['from', 'to', 'cc', 'date', 'subject', 'message-id', 'received', 'return-path', 'content-type']
// Mails cut out of an mbox often keep its separator as a first line; a parser takes it for a header field.
const SEPARATOR_LINE = /^From [^\n]*\n/
// How much of an HTML mail a snippet is looked for in: past any ordinary style sheet, and a bound on hostile markup.
const SNIPPET_SOURCE_LENGTH = 50_000
const LATEST_MS = Date.UTC(2100, 0)

/** Reads a mail: headers, text, HTML, and what is attached. Never throws; what cannot be read says why. */
export async function parseMessage(raw: RawMessage): Promise<ParsedMessage> {
  if (raw.bytes.length === 0) return { kind: 'unreadable', reason: 'is empty' }
  try {
    const email = await PostalMime.parse(withoutSeparator(raw.bytes))
    if (!email.headers.some((header) => MAIL_FIELDS.includes(header.key))) {
      return { kind: 'unreadable', reason: 'has no header field of a mail' }
    }
    const message = asNewMessage(raw, email)
    const lostNul = [email.text, email.html, email.subject].some((text) => hasNul(text ?? ''))
    return { kind: 'parsed', message, lostNul }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
  }
}

function asNewMessage(raw: RawMessage, email: Email): NewMessage {
  const text = textOrNull(email.text)
  const html = textOrNull(email.html)
  return {
    folder: storableText(raw.folder),
    seen: raw.seen,
    flagged: raw.flagged,
    answered: raw.answered,
    from: addresses(email.from ? [email.from] : [])[0] ?? null,
    to: addresses(email.to),
    cc: addresses(email.cc),
    subject: storableText(email.subject ?? ''),
    receivedAtMs: receivedAtMs(raw, email),
    snippet: snippetOf(text ?? withoutTags(html ?? '')),
    sizeBytes: raw.bytes.length,
    attachmentCount: email.attachments.length,
    messageId: email.messageId ? storableText(email.messageId) : null,
    body: {
      text,
      html,
      attachments: email.attachments.map((attachment) => ({
        name: storableText(attachment.filename ?? ''),
        type: storableText(attachment.mimeType),
        sizeBytes: typeof attachment.content === 'string' ? attachment.content.length : attachment.content.byteLength,
      })),
    },
  }
}

/** The first time that is there and believable: the Date field, the last hop's Received field, the store's own. */
function receivedAtMs(raw: RawMessage, email: Email): number {
  const received = email.headers
    .find((header) => header.key === 'received')
    ?.value.split(';')
    .at(-1)
  const candidates = [Date.parse(email.date ?? ''), Date.parse(received ?? ''), raw.storedAtMs]
  return Math.trunc(candidates.find((atMs) => atMs >= 0 && atMs < LATEST_MS) ?? 0)
}

/** Groups ("Undisclosed recipients: ;") are told as their members. */
function addresses(parsed: readonly ParsedAddress[] | undefined): Address[] {
  return (parsed ?? [])
    .flatMap((each) => each.group ?? [each])
    .map((each) => ({ name: storableText(each.name), address: storableText(each.address) }))
}

function textOrNull(text: string | undefined): string | null {
  return text ? storableText(text) : null
}

function withoutTags(html: string): string {
  const head = html.slice(0, SNIPPET_SOURCE_LENGTH)
  return head
    .replace(/<(style|script|head)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
}

function withoutSeparator(bytes: Uint8Array): Uint8Array {
  const line = SEPARATOR_LINE.exec(Buffer.from(bytes.subarray(0, 1000)).toString('latin1'))
  return line ? bytes.subarray(line[0].length) : bytes
}
