import { expect, test } from 'vitest'
import { readRulePage } from './rule-page.ts'

test('a rule page keeps its headings, paragraphs, lists and code apart', () => {
  const page =
    '# TG001\n\nNobody announced\nthis cause.\n\n- register it\n- then propose\n  again\n\n```sql\nSELECT 1\n\nSELECT 2\n```\n'
  expect(readRulePage(page)).toEqual([
    { kind: 'heading', text: 'TG001' },
    { kind: 'paragraph', text: 'Nobody announced this cause.' },
    { kind: 'list', items: ['register it', 'then propose again'] },
    { kind: 'code', text: 'SELECT 1\n\nSELECT 2' },
  ])
})

test('a list right after its introducing sentence is a list', () => {
  expect(readRulePage('Do this:\n1. one\n2. two')).toEqual([
    { kind: 'paragraph', text: 'Do this:' },
    { kind: 'list', items: ['one', 'two'] },
  ])
})

test('an empty page has no parts', () => {
  expect(readRulePage('')).toEqual([])
})
