import { expect, test } from 'vitest'
import { columns, hanging, wrapped } from './columns.ts'
import { bytesText, countOf, durationText } from './figures.ts'

test('columns line up, figures at their right, and no line ends with a space', () => {
  expect(
    columns([
      ['a', { figure: '5 accounts' }, 'x'],
      ['Zürich 🐎', { figure: '5,000 accounts' }, ''],
    ]),
  ).toEqual(['a             5 accounts  x', 'Zürich 🐎  5,000 accounts'])
  expect(columns([])).toEqual([])
})

test('prose is broken at spaces, and a word that is too long keeps its line', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapped('incomprehensibilities is long', 7, '  ')).toEqual(['  incomprehensibilities', '  is', '  long'])
  expect(hanging('TG001  ', 'one two three', 14)).toEqual(['TG001  one two', '       three'])
})

test('figures are spelt for people', () => {
  expect([0, 999, 1000, 999_949, 999_950, 12_400_000].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '999.9 kB',
    '1 MB',
    '12.4 MB',
  ])
  expect([countOf(1, 'account'), countOf(5000, 'account')]).toEqual(['1 account', '5,000 accounts'])
  expect([0, 500, 90_000, 600_000, 7_200_000, 86_400_000].map(durationText)).toEqual([
    '0 ms',
    '500 ms',
    '90 s',
    '10 min',
    '2 h',
    '1 d',
  ])
})
