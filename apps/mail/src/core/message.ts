import { z } from 'zod'

/** A mailbox's name for somebody, as the mail said it; `name` is empty when it gave none. */
export const Address = z.object({ name: z.string(), address: z.string() })
export type Address = z.infer<typeof Address>

/**
 * What the cache holds of a mail in the collection `messages`: all that a list shows, and nothing heavy. Flags, folder
 * and read state live here, so that changing them never touches a body.
 */
export const MessagePayload = z.object({
  from: Address,
  to: z.array(Address),
  cc: z.array(Address).default([]),
  subject: z.string(),
  /** The first words of the text, one line, at most 200 characters. */
  snippet: z.string(),
  sentAtMs: z.number(),
  folder: z.string(),
  isUnread: z.boolean(),
  isFlagged: z.boolean(),
  attachmentCount: z.number(),
})
export type MessagePayload = z.infer<typeof MessagePayload>

/** What the cache holds of a mail in the collection `bodies`, under the same id: heavy, and never changed after delivery. */
export const BodyPayload = z.object({
  text: z.string().nullable(),
  html: z.string().nullable(),
  attachments: z.array(z.object({ fileName: z.string(), mimeType: z.string(), sizeBytes: z.number() })).default([]),
})
export type BodyPayload = z.infer<typeof BodyPayload>

/** A mail as the list shows it. `ordinal` rises with arrival. */
export interface Message extends MessagePayload {
  readonly messageId: string
  readonly ordinal: number
}
