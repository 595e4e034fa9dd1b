import type { Message } from './message.ts'

/** Every mail of the cache, by id. A mail that did not change keeps its object, so a list redraws only what did. */
export type Mailbox = ReadonlyMap<string, Message>

export interface FolderView {
  readonly name: string
  readonly messageCount: number
  readonly unseenCount: number
}

/** The folders every mailbox shows, in this order; others follow by name. */
export const STANDARD_FOLDERS = ['Inbox', 'Sent', 'Drafts', 'Archive', 'Newsletters', 'Trash'] as const

/** @returns the folders with their counts, the standard ones first, empty or not */
export function foldersOf(mailbox: Mailbox): FolderView[] {
  const counts = new Map<string, { messageCount: number; unseenCount: number }>(
    STANDARD_FOLDERS.map((name) => [name, { messageCount: 0, unseenCount: 0 }]),
  )
  for (const { folder, seen } of mailbox.values()) {
    const count = counts.get(folder) ?? { messageCount: 0, unseenCount: 0 }
    count.messageCount++
    if (!seen) count.unseenCount++
    counts.set(folder, count)
  }
  const standardCount = STANDARD_FOLDERS.length
  const all = [...counts].map(([name, count]) => ({ name, ...count }))
  const others = all.slice(standardCount).sort((left, right) => left.name.localeCompare(right.name))
  return [...all.slice(0, standardCount), ...others]
}

/**
 * The mails of a folder, newest first; those of the same moment by arrival.
 *
 * @param query words that must all occur in sender, recipients, subject or snippet; empty for all
 */
export function messagesIn(mailbox: Mailbox, folder: string, query = ''): Message[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found: Message[] = []
  for (const message of mailbox.values()) {
    if (message.folder === folder && hasAll(message, words)) found.push(message)
  }
  return found.sort((left, right) => right.receivedAtMs - left.receivedAtMs || right.ordinal - left.ordinal)
}

function hasAll(message: Message, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const people = [message.from, ...message.to].map((person) => `${person?.name ?? ''} ${person?.address ?? ''}`)
  const text = [message.subject, message.snippet, ...people].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

/** @returns the mailbox after a commit of the cache; the same object when nothing is different */
export function withChanges(
  mailbox: Mailbox,
  change: { readonly upserts: readonly Message[]; readonly deletes: readonly string[] },
): Mailbox {
  if (change.upserts.length === 0 && !change.deletes.some((id) => mailbox.has(id))) return mailbox
  const next = new Map(mailbox)
  for (const message of change.upserts) next.set(message.id, message)
  for (const id of change.deletes) next.delete(id)
  return next
}

/** What a person asked for that the server has not confirmed yet. */
export type PendingAction =
  | { readonly kind: 'change'; readonly change: Partial<Pick<Message, 'seen' | 'flagged' | 'folder'>> }
  | { readonly kind: 'delete' }

/** @returns the mailbox as it will be once everything asked for is done, so that a click shows at once */
export function withPending(mailbox: Mailbox, pending: ReadonlyMap<string, PendingAction>): Mailbox {
  if (pending.size === 0) return mailbox
  const next = new Map(mailbox)
  for (const [id, action] of pending) {
    const message = next.get(id)
    if (message === undefined) continue
    if (action.kind === 'delete') next.delete(id)
    else next.set(id, { ...message, ...action.change })
  }
  return next
}

/** @returns the mail to show after `id` leaves the list: the next one, else the one before, else none */
export function neighbourOf(messages: readonly Message[], id: string): string | null {
  const at = messages.findIndex((message) => message.id === id)
  return messages[at + 1]?.id ?? messages[at - 1]?.id ?? null
}
