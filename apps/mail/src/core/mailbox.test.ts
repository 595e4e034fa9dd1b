import { expect, test } from 'vitest'
import { foldersOf, type Mailbox, messagesIn, neighbourOf, withChanges, withPending } from './mailbox.ts'
import type { Message } from './message.ts'

function aMessage(overrides: Partial<Message> & { readonly id: string }): Message {
  return {
    ordinal: 1,
    bodyId: `body-${overrides.id}`,
    folder: 'Inbox',
    seen: false,
    flagged: false,
    answered: false,
    from: { name: 'Ada', address: 'ada@example.org' },
    to: [],
    cc: [],
    subject: 'Hello',
    receivedAtMs: 1000,
    snippet: '',
    sizeBytes: 100,
    attachmentCount: 0,
    ...overrides,
  }
}

function aMailbox(...messages: readonly Message[]): Mailbox {
  return new Map(messages.map((message) => [message.id, message]))
}

test('the standard folders are always there and in their order, others follow by name', () => {
  const mailbox = aMailbox(aMessage({ id: 'a', folder: 'Zoo' }), aMessage({ id: 'b', folder: 'Bills', seen: true }))
  const names = foldersOf(mailbox).map((folder) => folder.name)
  expect(names).toEqual(['Inbox', 'Sent', 'Drafts', 'Archive', 'Newsletters', 'Trash', 'Bills', 'Zoo'])
})

test('a folder counts its mails and those unread', () => {
  const mailbox = aMailbox(aMessage({ id: 'a' }), aMessage({ id: 'b', seen: true }))
  expect(foldersOf(mailbox)[0]).toEqual({ name: 'Inbox', messageCount: 2, unseenCount: 1 })
})

test('mails come newest first, and those of one moment by arrival', () => {
  const mailbox = aMailbox(
    aMessage({ id: 'old', receivedAtMs: 1 }),
    aMessage({ id: 'first', receivedAtMs: 9, ordinal: 4 }),
    aMessage({ id: 'second', receivedAtMs: 9, ordinal: 5 }),
  )
  expect(messagesIn(mailbox, 'Inbox').map((message) => message.id)).toEqual(['second', 'first', 'old'])
})

test('a search finds mails that hold every word, in sender, subject or snippet', () => {
  const mailbox = aMailbox(
    aMessage({ id: 'a', subject: 'Invoice 12', snippet: 'due in July' }),
    aMessage({ id: 'b', subject: 'Invoice 13' }),
  )
  expect(messagesIn(mailbox, 'Inbox', 'ADA  invoice july').map((message) => message.id)).toEqual(['a'])
})

test('a change that touches nothing shown gives the same mailbox, so nothing is drawn again', () => {
  const mailbox = aMailbox(aMessage({ id: 'a' }))
  expect(withChanges(mailbox, { upserts: [], deletes: ['unknown'] })).toBe(mailbox)
  expect(withChanges(mailbox, { upserts: [], deletes: ['a'] }).size).toBe(0)
})

test('a click shows at once, before the server has said yes', () => {
  const mailbox = aMailbox(aMessage({ id: 'a' }), aMessage({ id: 'b' }))
  const shown = withPending(
    mailbox,
    new Map([
      ['a', { kind: 'change', change: { flagged: true } }],
      ['b', { kind: 'delete' }],
    ]),
  )
  expect(shown.get('a')?.flagged).toBe(true)
  expect(shown.has('b')).toBe(false)
  expect(mailbox.get('a')?.flagged).toBe(false)
})

test('after a mail leaves the list its neighbour is shown', () => {
  const messages = ['a', 'b', 'c'].map((id) => aMessage({ id }))
  expect(neighbourOf(messages, 'b')).toBe('c')
  expect(neighbourOf(messages, 'c')).toBe('b')
  expect(neighbourOf(messages.slice(0, 1), 'a')).toBeNull()
})
