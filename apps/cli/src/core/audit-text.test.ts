import type { Audit } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { auditText } from './audit-text.ts'
import { parseHead } from './parse-head.ts'

const sha256 = '0123456789abcdef'.repeat(4)
const intact: Audit = {
  isIntact: true,
  eventCount: 1200,
  prunedEventCount: 0,
  head: { eventNo: 1200, sha256 },
  expectedHead: null,
  breakCount: 0,
  breaks: [],
}

test('an audit says how many events there are and where they end, in the form that the next one takes', () => {
  const lines = auditText(intact)
  expect(lines).toEqual(['events  1,200', `head    1200:${sha256}`, '', 'intact: every event is what was written'])
  expect(parseHead(lines[1]?.split(/\s+/)[1] ?? '')).toEqual(intact.head)
})

test('a broken chain ends with the first place that nobody accepted', () => {
  const found = { kind: 'changed', eventNo: 9, message: 'event 9 was written as one thing and says another' } as const
  const accepted = {
    ...found,
    eventNo: 4,
    message: 'event 4 is missing',
    accepted: { by: 'olga', because: 'a restore' },
  }
  const lines = auditText({
    ...intact,
    isIntact: false,
    prunedEventCount: 3,
    expectedHead: 'different',
    breakCount: 3,
    breaks: [accepted as never, { ...found, accepted: null }], // an Actor in all but its brand
  })
  expect(lines).toEqual([
    'events    1,200, 3 more were pruned',
    `head      1200:${sha256}`,
    'expected  is not part of the chain',
    '',
    'breaks',
    '  4  event 4 is missing',
    '     accepted by olga: a restore',
    '  9  event 9 was written as one thing and says another',
    '  … and 1 more break',
    '',
    'broken: 3 breaks, the first at event 9',
  ])
})

test.each(['', 'head', '17', `17:${'0'.repeat(63)}`, `-1:${sha256}`, `17:${sha256.toUpperCase()}`])(
  'what is no head of an audit is refused: %j',
  (text) => expect(() => parseHead(text)).toThrow('The head that an audit printed is required'),
)
