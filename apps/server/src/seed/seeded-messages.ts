import type { Random } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import type { Address, AttachmentInfo, BodyPayload, NewMessage } from '../mailbox/message.ts'
import { snippetOf } from '../mailbox/message.ts'
import { drawLogNormal, type LogNormal, pick } from './chance.ts'
import * as words from './vocabulary.ts'

type Kind = 'conversation' | 'notification' | 'newsletter'

/**
 * How large bodies are, in bytes. An assumption, not a measurement: what people type is short, what machines send is
 * dressed in HTML, newsletters most of all; each kind log-normal, because mail sizes have heavy tails.
 */
export const BODY_BYTES = {
  conversation: { median: 1_200, sigma: 0.9, cap: 40_000 },
  notification: { median: 9_000, sigma: 0.6, cap: 60_000 },
  newsletter: { median: 38_000, sigma: 0.7, cap: 250_000 },
} as const satisfies Record<Kind, LogNormal>

/** How large attachments are, in bytes. They count in a mail's size only: their contents are not kept. Assumed as well. */
export const ATTACHMENT_BYTES: LogNormal = { median: 180_000, sigma: 1.6, cap: 20_000_000 }

/** How many mails each folder gets, and of which kinds, as shares that add up to 1. */
const FOLDERS = [
  { folder: 'Inbox', count: 150, seenShare: 0.8, kinds: { conversation: 0.55, notification: 0.4, newsletter: 0.05 } },
  { folder: 'Sent', count: 60, seenShare: 1, kinds: { conversation: 1, notification: 0, newsletter: 0 } },
  { folder: 'Drafts', count: 5, seenShare: 1, kinds: { conversation: 1, notification: 0, newsletter: 0 } },
  { folder: 'Archive', count: 110, seenShare: 1, kinds: { conversation: 0.6, notification: 0.4, newsletter: 0 } },
  { folder: 'Newsletters', count: 60, seenShare: 0.5, kinds: { conversation: 0, notification: 0, newsletter: 1 } },
  { folder: 'Trash', count: 15, seenShare: 0.7, kinds: { conversation: 0.2, notification: 0.5, newsletter: 0.3 } },
] as const

/** The mailbox reaches this far back. */
const SPAN_MS = 540 * 86_400_000

/**
 * A mailbox that looks lived in: 400 mails in six folders over a year and a half, some unread, flagged, answered, with
 * attachments. The same seed and time give the same mails, oldest first.
 *
 * @param options.newestAtMs no mail is younger; milliseconds since 1970
 */
export function seededMessages(options: {
  readonly seed: number
  readonly owner: Address
  readonly newestAtMs: number
}): NewMessage[] {
  const random = pretendRandom(options.seed)
  return FOLDERS.flatMap(({ folder, count, seenShare, kinds }) =>
    Array.from({ length: count }, () => {
      const chance = random()
      const kind: Kind =
        chance < kinds.conversation
          ? 'conversation'
          : chance < kinds.conversation + kinds.notification
            ? 'notification'
            : 'newsletter'
      // Squared, so that recent weeks hold more than old ones.
      const receivedAtMs = Math.floor(options.newestAtMs - random() ** 2 * SPAN_MS)
      const seen = random() < seenShare
      return written(random, { kind, folder, owner: options.owner, receivedAtMs, seen })
    }),
  ).sort((left, right) => left.receivedAtMs - right.receivedAtMs)
}

interface Outline {
  readonly kind: Kind
  readonly folder: string
  readonly owner: Address
  readonly receivedAtMs: number
  readonly seen: boolean
}

function written(random: Random, outline: Outline): NewMessage {
  const { kind, folder, owner, receivedAtMs, seen } = outline
  const isOwn = folder === 'Sent' || folder === 'Drafts'
  const other = pick(random, words.PEOPLE)
  const isConversation = kind === 'conversation'
  const topic = pick(random, words.TOPICS)
  const sender = kind === 'newsletter' ? pick(random, words.NEWSLETTERS) : pick(random, words.NOTIFIERS)
  const prefix = isConversation ? pick(random, ['', '', '', 'Re: ', 'Re: ', 'Fwd: ']) : ''
  const subject = prefix + filled(random, pick(random, isConversation ? topic.subjects : sender.subjects))
  const wantedBytes = drawLogNormal(random, BODY_BYTES[kind])
  const correspondent: Address = isConversation ? other : { name: sender.name, address: sender.address }
  const texts = isConversation
    ? {
        text: letter(random, { wantedBytes, topic, to: isOwn ? other : owner, from: isOwn ? owner : other }),
        html: null,
      }
    : page(random, { wantedBytes, kind, title: subject })
  const attachments = isConversation && random() < 0.18 ? [attachment(random)] : []
  const body: BodyPayload = { ...texts, attachments }
  const bodyBytes = Buffer.byteLength((body.text ?? '') + (body.html ?? ''))
  return {
    folder,
    seen,
    flagged: folder === 'Inbox' && random() < 0.06,
    answered: folder === 'Inbox' && isConversation && seen && random() < 0.3,
    from: isOwn ? owner : correspondent,
    to: isOwn ? [other] : [owner],
    cc: isConversation && random() < 0.15 ? [pick(random, words.PEOPLE)] : [],
    subject,
    receivedAtMs,
    snippet: snippetOf(body.text ?? ''),
    // As it travels: about 900 bytes of headers, and base64 makes four bytes of three.
    sizeBytes: 900 + bodyBytes + attachments.reduce((sum, each) => sum + Math.ceil((each.sizeBytes * 4) / 3), 0),
    attachmentCount: attachments.length,
    messageId: `<${Math.floor(random() * 2 ** 48).toString(36)}@${correspondent.address.split('@')[1] ?? 'localhost'}>`,
    body,
  }
}

function letter(
  random: Random,
  {
    wantedBytes,
    topic,
    to,
    from,
  }: { wantedBytes: number; topic: (typeof words.TOPICS)[number]; to: Address; from: Address },
): string {
  const firstName = (person: Address) => person.name.split(' ')[0] ?? person.name
  const paragraphs = sentencesOf(random, topic.sentences, wantedBytes)
  return `${pick(random, words.GREETINGS)} ${firstName(to)},\n\n${paragraphs.join('\n\n')}\n\n${pick(random, words.CLOSINGS)}\n${firstName(from)}\n`
}

/** An HTML mail of about the wanted size, and the plain text that travels beside it. */
function page(
  random: Random,
  { wantedBytes, kind, title }: { wantedBytes: number; kind: Kind; title: string },
): Pick<BodyPayload, 'text' | 'html'> {
  const sentences = kind === 'newsletter' ? words.ARTICLE_SENTENCES : words.NOTIFICATION_SENTENCES
  const sections: string[] = []
  const texts: string[] = []
  for (let bytes = 0; bytes < wantedBytes; bytes = Buffer.byteLength(sections.join(''))) {
    const heading =
      sections.length === 0
        ? title
        : filled(
            random,
            pick(
              random,
              words.NEWSLETTERS.flatMap((each) => each.subjects),
            ),
          )
    const text = sentencesOf(random, sentences, kind === 'newsletter' ? 700 : 200).join(' ')
    texts.push(heading, text)
    sections.push(`<tr><td style="padding:24px 32px;border-bottom:1px solid #e6e2da;font-family:Georgia,'Times New Roman',serif">
<h2 style="margin:0 0 12px;font-size:20px;line-height:1.3;color:#1f3a3d">${heading}</h2>
<p style="margin:0 0 16px;font-size:16px;line-height:1.55;color:#333">${text}</p>
<p style="margin:0"><a href="https://www.example.com/" style="color:#0b6e77;text-decoration:none;border-bottom:1px solid #9cc9cd">Read on</a></p>
</td></tr>`)
    if (kind === 'notification' && sections.length === 1) {
      // Machines' mails are mostly dress: a style sheet fills the rest.
      sections.unshift(`<style>${styleSheet(wantedBytes - 1_200)}</style>`)
      break
    }
  }
  return {
    text: texts.join('\n\n').slice(0, 4_000),
    html: `<!doctype html><html><body style="margin:0;background:#f4f1ec"><table role="presentation" width="100%" style="max-width:640px;margin:0 auto;background:#fff">${sections.join('\n')}</table></body></html>`,
  }
}

function styleSheet(wantedBytes: number): string {
  const rules: string[] = []
  for (let bytes = 0, at = 0; bytes < wantedBytes; at++) {
    const rule = `.block-${at}{padding:${at % 24}px;margin:0 auto;mso-line-height-rule:exactly;line-height:${18 + (at % 9)}px}\n`
    rules.push(rule)
    bytes += rule.length
  }
  return rules.join('')
}

/** Paragraphs of one to four sentences, at least one, until they are about `wantedBytes` long. */
function sentencesOf(random: Random, sentences: readonly string[], wantedBytes: number): string[] {
  const paragraphs: string[] = []
  let bytes = 0
  do {
    const count = 1 + Math.floor(random() * 4)
    const paragraph = Array.from({ length: count }, () => filled(random, pick(random, sentences))).join(' ')
    paragraphs.push(paragraph)
    bytes += paragraph.length + 2
  } while (bytes < wantedBytes)
  return paragraphs
}

function attachment(random: Random): AttachmentInfo {
  const { name, type } = pick(random, words.ATTACHMENTS)
  return { name: filled(random, name), type, sizeBytes: drawLogNormal(random, ATTACHMENT_BYTES) }
}

function filled(random: Random, text: string): string {
  return text
    .replaceAll('{city}', () => pick(random, words.CITIES))
    .replaceAll('{day}', () => pick(random, words.DAYS))
    .replaceAll('{month}', () => pick(random, words.MONTHS))
    .replaceAll('{person}', () => pick(random, words.PEOPLE).name.split(' ')[0] ?? '')
    .replaceAll('{number}', () => String(1000 + Math.floor(random() * 9000)))
}
