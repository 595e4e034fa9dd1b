import { expect, test } from 'vitest'
import { hasNul } from '../mailbox/storable-text.ts'
import { seededMessages } from './seeded-messages.ts'

const owner = { name: 'You', address: 'you@example.test' }
const newestAtMs = 1_700_000_000_000
const messages = seededMessages({ seed: 1, owner, newestAtMs })
const bodyBytes = messages.map(({ body }) => Buffer.byteLength((body.text ?? '') + (body.html ?? '')))

test('the seeded mailbox is the same for the same seed, and another for another', () => {
  expect(seededMessages({ seed: 1, owner, newestAtMs })).toEqual(messages)
  expect(seededMessages({ seed: 2, owner, newestAtMs })).not.toEqual(messages)
})

test('it has 400 mails in six folders, oldest first, some unread, flagged, answered and with attachments', () => {
  expect(messages).toHaveLength(400)
  expect(new Set(messages.map((message) => message.folder)).size).toBe(6)
  expect(messages.map((message) => message.receivedAtMs)).toEqual(
    messages.map((message) => message.receivedAtMs).toSorted((left, right) => left - right),
  )
  for (const has of [
    (message: (typeof messages)[number]) => !message.seen,
    (message: (typeof messages)[number]) => message.flagged,
    (message: (typeof messages)[number]) => message.answered,
    (message: (typeof messages)[number]) => message.attachmentCount > 0,
  ]) {
    expect(messages.filter(has).length).toBeGreaterThan(5)
  }
})

test('body sizes have a heavy tail: the largest tenth holds more than the smaller half', () => {
  const sorted = bodyBytes.toSorted((left, right) => right - left)
  const sum = (sizes: number[]) => sizes.reduce((total, each) => total + each, 0)
  expect(sum(sorted.slice(0, 40))).toBeGreaterThan(sum(sorted.slice(200)))
  expect(sum(sorted)).toBeGreaterThan(2_000_000)
  expect(sum(sorted)).toBeLessThan(12_000_000)
})

test('no blank was left unfilled in anything a person reads', () => {
  for (const { subject, body } of messages) {
    expect(subject + body.text).not.toMatch(/\{(city|day|month|person|number)\}|undefined/)
    expect(hasNul(subject)).toBe(false)
  }
})
