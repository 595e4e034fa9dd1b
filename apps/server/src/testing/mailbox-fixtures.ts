import type { SqlDatabase } from '@tidegate/guard/sql'
import { openMemoryPglite } from '@tidegate/guard/testing'
import type { NewMessage } from '../mailbox/message.ts'
import { MAILBOX_SCHEMA } from '../mailbox/schema.ts'

/** A database in memory with the mailbox's tables, for tests. */
export async function aMailboxDatabase(): Promise<SqlDatabase> {
  const database = await openMemoryPglite()
  await database.script(MAILBOX_SCHEMA)
  return database
}

export function aMessage(overrides: Partial<NewMessage> = {}): NewMessage {
  return {
    folder: 'Inbox',
    seen: false,
    flagged: false,
    answered: false,
    from: { name: 'Anna Keller', address: 'anna@example.test' },
    to: [{ name: 'You', address: 'you@example.test' }],
    cc: [],
    subject: 'Lunch',
    receivedAtMs: 1_700_000_000_000,
    snippet: 'At one?',
    sizeBytes: 1_000,
    attachmentCount: 0,
    messageId: null,
    body: { text: 'At one?', html: null, attachments: [] },
    ...overrides,
  }
}
