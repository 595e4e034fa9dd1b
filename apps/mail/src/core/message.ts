import { z } from 'zod'

/** A mailbox's name for somebody, as the mail said it; either part may be empty. */
export const Address = z.object({ name: z.string(), address: z.string() })
export type Address = z.infer<typeof Address>

/**
 * What the cache holds of a mail in the collection `messages`: all that a list shows, and nothing heavy. Flags and
 * folder live here, so that changing them never touches a body.
 */
export const MessagePayload = z.object({
  /** The item of `bodies` that belongs to it. */
  bodyId: z.string(),
  folder: z.string(),
  seen: z.boolean(),
  flagged: z.boolean(),
  answered: z.boolean(),
  from: Address.nullable(),
  to: z.array(Address),
  cc: z.array(Address),
  subject: z.string(),
  /** Milliseconds since 1970. */
  receivedAtMs: z.number(),
  snippet: z.string(),
  sizeBytes: z.number(),
  attachmentCount: z.number(),
})
export type MessagePayload = z.infer<typeof MessagePayload>

/** What the cache holds in the collection `bodies`: heavy, and never changed after delivery. */
export const BodyPayload = z.object({
  text: z.string().nullable(),
  html: z.string().nullable(),
  attachments: z.array(z.object({ name: z.string(), type: z.string(), sizeBytes: z.number() })),
})
export type BodyPayload = z.infer<typeof BodyPayload>

/** A mail as the list shows it. `ordinal` rises with arrival. */
export interface Message extends MessagePayload {
  readonly id: string
  readonly ordinal: number
}

export const MESSAGES = 'messages'
export const BODIES = 'bodies'

/** @returns the name to show for somebody: their name, else their address, else that nobody said */
export function displayName(address: Address | null): string {
  return address?.name || address?.address || 'Unknown sender'
}

/** @returns `Ada Lovelace <ada@example.org>`, or whichever part there is */
export function fullAddress({ name, address }: Address): string {
  if (name === '') return address
  return address === '' ? name : `${name} <${address}>`
}
