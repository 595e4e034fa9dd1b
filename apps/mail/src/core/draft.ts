import { z } from 'zod'
import { formatMoment } from './list-date.ts'
import { type Address, type BodyPayload, displayName, fullAddress, type Message } from './message.ts'

/** What is kept of a mail while it is being written: a pending local write, so it survives reload, crash and reset (C3). */
export const DraftPayload = z.object({
  kind: z.literal('draft'),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  /** Milliseconds since 1970, for the list. */
  savedAtMs: z.number(),
})
export type DraftPayload = z.infer<typeof DraftPayload>

export interface Draft extends DraftPayload {
  readonly writeId: string
}

export function emptyDraft(writeId: string, savedAtMs: number): Draft {
  return { kind: 'draft', writeId, to: '', subject: '', text: '', savedAtMs }
}

/** @returns whether nothing was written yet, so that closing it leaves nothing behind */
export function isEmptyDraft(draft: Draft): boolean {
  return draft.to.trim() === '' && draft.subject.trim() === '' && draft.text.trim() === ''
}

/** @returns how far the newest words of a draft are kept, for the person who writes them */
export function keptLine(draft: {
  readonly isSaved: boolean
  /** This device did not take them at the last try. */
  readonly isRefused: boolean
  readonly isCacheGone: boolean
}): string {
  if (draft.isSaved) return 'Kept on this device'
  if (draft.isCacheGone) return 'Not kept: copy your text and reload this tab'
  return draft.isRefused ? 'Not kept on this device yet' : 'Keeping…'
}

/** @returns an answer to a mail, with its text quoted */
export function replyTo(message: Message, body: BodyPayload | null, writeId: string, savedAtMs: number): Draft {
  const quoted = (body?.text ?? message.snippet)
    .trim()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
    .join('\n')
  return {
    kind: 'draft',
    writeId,
    to: message.from ? fullAddress(message.from) : '',
    subject: /^re:/i.test(message.subject) ? message.subject : `Re: ${message.subject}`,
    text: `\n\nOn ${formatMoment(message.receivedAtMs)}, ${displayName(message.from)} wrote:\n${quoted}\n`,
    savedAtMs,
  }
}

/** @returns the people in an address line, or the first part that is no address */
export function readAddresses(
  line: string,
): { readonly kind: 'addresses'; readonly addresses: Address[] } | { readonly kind: 'problem'; readonly part: string } {
  const parts = (line.match(/(?:"[^"]*"|[^,;"])+/g) ?? []).map((part) => part.trim()).filter(Boolean)
  const addresses: Address[] = []
  for (const part of parts) {
    const named = /^(.*?)\s*<([^<>]+)>$/.exec(part)
    const address = (named?.[2] ?? part).trim()
    if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(address)) return { kind: 'problem', part }
    addresses.push({ name: (named?.[1] ?? '').replace(/^"(.*)"$/, '$1').trim(), address })
  }
  return { kind: 'addresses', addresses }
}
