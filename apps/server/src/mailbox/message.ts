import { z } from 'zod'

/** A person or list that mail comes from or goes to. Either field may be empty: real headers leave both out. */
export const Address = z.object({ name: z.string(), address: z.string() })
export type Address = z.infer<typeof Address>

export const SENT = 'Sent'
export const DRAFTS = 'Drafts'

/** The folders every mailbox shows, in this order; others follow by name. */
export const STANDARD_FOLDERS = ['Inbox', SENT, DRAFTS, 'Archive', 'Newsletters', 'Trash'] as const

/** A folder's name: one line, at most 100 characters. */
export const Folder = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must be one line')

/** Payload of an item of `messages`, as `mailbox.message_payload` writes it and clients store it. */
export const MessagePayload = z.object({
  /** The item of `bodies` that belongs to it. */
  bodyId: z.uuid(),
  folder: z.string(),
  seen: z.boolean(),
  flagged: z.boolean(),
  answered: z.boolean(),
  from: Address.nullable(),
  to: z.array(Address),
  cc: z.array(Address),
  subject: z.string(),
  /** Milliseconds since 1970. */
  receivedAtMs: z.int(),
  snippet: z.string(),
  /** Of the mail as it travelled, attachments included. */
  sizeBytes: z.int().min(0),
  attachmentCount: z.int().min(0),
  /** The mail's own Message-ID: real mailboxes repeat and omit it, so nothing is ever found by it. */
  messageId: z.string().nullable(),
})
export type MessagePayload = z.infer<typeof MessagePayload>

export const AttachmentInfo = z.object({ name: z.string(), type: z.string(), sizeBytes: z.int().min(0) })
export type AttachmentInfo = z.infer<typeof AttachmentInfo>

/**
 * Payload of an item of `bodies`. Of attachments it says what there is; their bytes are not kept, neither here nor on
 * the server.
 */
export const BodyPayload = z.object({
  text: z.string().nullable(),
  html: z.string().nullable(),
  attachments: z.array(AttachmentInfo),
})
export type BodyPayload = z.infer<typeof BodyPayload>

/** A message on its way into a mailbox: everything but what the mailbox itself gives (ids, ordinals, revision, hash). */
export type NewMessage = Omit<MessagePayload, 'bodyId'> & { readonly body: BodyPayload }

/** Longest snippet, in UTF-16 code units: two lines of a message list. */
export const SNIPPET_LENGTH = 160

/** @returns the beginning of a text as one line, at most {@link SNIPPET_LENGTH} long */
export function snippetOf(text: string): string {
  const head = text.slice(0, SNIPPET_LENGTH * 8) // runs of white space shrink; eight times leaves enough
  return head.replace(/\s+/g, ' ').trim().slice(0, SNIPPET_LENGTH).toWellFormed()
}
