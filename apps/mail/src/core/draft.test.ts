import { expect, test } from 'vitest'
import { emptyDraft, isEmptyDraft, keptLine, readAddresses, replyTo } from './draft.ts'
import type { Message } from './message.ts'

const message: Message = {
  id: 'm1',
  ordinal: 1,
  bodyId: 'b1',
  folder: 'Inbox',
  seen: true,
  flagged: false,
  answered: false,
  from: { name: 'Ada', address: 'ada@example.org' },
  to: [],
  cc: [],
  subject: 'Engines',
  receivedAtMs: 1_690_000_000_000,
  snippet: 'short',
  sizeBytes: 1,
  attachmentCount: 0,
}

test('a draft in which nothing was written is empty', () => {
  const draft = emptyDraft('w1', 0)
  expect(isEmptyDraft({ ...draft, text: ' \n' })).toBe(true)
  expect(isEmptyDraft({ ...draft, subject: 'Hi' })).toBe(false)
})

test('an answer goes to the sender and quotes the mail', () => {
  const body = { text: 'one\n> two', html: null, attachments: [] }
  const draft = replyTo(message, body, 'w1', 0)
  expect(draft.to).toBe('Ada <ada@example.org>')
  expect(draft.subject).toBe('Re: Engines')
  expect(draft.text).toContain('> one\n>> two')
})

test('an answer to an answer does not pile up prefixes, and without a body it quotes the snippet', () => {
  const draft = replyTo({ ...message, subject: 'RE: Engines' }, null, 'w1', 0)
  expect(draft.subject).toBe('RE: Engines')
  expect(draft.text).toContain('> short')
})

test('an address line may hold names, quoted commas and several people', () => {
  expect(readAddresses('"Lovelace, Ada" <ada@example.org>; b@example.org,')).toEqual({
    kind: 'addresses',
    addresses: [
      { name: 'Lovelace, Ada', address: 'ada@example.org' },
      { name: '', address: 'b@example.org' },
    ],
  })
})

test('what is no address is named, not guessed', () => {
  expect(readAddresses('ada@example.org, bob')).toEqual({ kind: 'problem', part: 'bob' })
})

test('a draft that nothing keeps any more says what to do', () => {
  const line = keptLine({ isSaved: false, isRefused: true, isCacheGone: true })
  expect(line).toBe('Not kept: copy your text and reload this tab')
  expect(keptLine({ isSaved: false, isRefused: true, isCacheGone: false })).toBe('Not kept on this device yet')
  expect(keptLine({ isSaved: false, isRefused: false, isCacheGone: false })).toBe('Keeping…')
})
