import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationText, percentText } from './figures.ts'
import {
  parseActor,
  parseCauseId,
  parseDurationMs,
  parseMomentMs,
  parseReason,
  parseServer,
  parseShare,
  parseSignalId,
  parseStages,
  parseTitle,
  wholeNumber,
} from './parse-values.ts'

test('lengths of time are read as people write them, and never without a unit', () => {
  expect(['500ms', '90s', '10m', '15 min', '1.5h', '2d'].map(parseDurationMs)).toEqual([
    500, 90_000, 600_000, 900_000, 5_400_000, 172_800_000,
  ])
  for (const text of ['', '10', 's', '-1s', '1w', '1 s s', 'NaNs', '1e3s']) {
    expect(() => parseDurationMs(text)).toThrow(
      `A length of time such as 90s, 10m or 2h is required, got ${JSON.stringify(text)}.`,
    )
  }
})

test('a length of time is at most the 400 days that the wire can say', () => {
  expect(parseDurationMs('400d')).toBe(34_560_000_000)
  for (const text of ['500d', '401d', '9601h', `${'9'.repeat(400)}s`]) {
    expect(() => parseDurationMs(text)).toThrow('At most 400 days are possible, got "')
  }
})

test('a text that is too long is told by its beginning', () => {
  expect(() => parseReason('x'.repeat(501))).toThrow(
    `A sentence of 1 to 500 characters is required, got "${'x'.repeat(60)}" and 441 characters more.`,
  )
})

test('names and titles are what the guard takes', () => {
  expect(parseCauseId('labels-2023-07')).toBe('labels-2023-07')
  for (const text of ['', 'a\n', 'x'.repeat(129)])
    for (const parse of [parseCauseId, parseSignalId, parseActor])
      expect(() => parse(text)).toThrow('A name of 1 to 128 characters without control characters is required, got "')
  for (const text of [' ', 'x'.repeat(121)]) expect(() => parseTitle(text)).toThrow('A title of 1 to 120 characters')
})

test('what a length of time is spelt as is read as the same length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 34_560_000 }), (seconds) => {
      expect(parseDurationMs(durationText(seconds * 1000))).toBe(seconds * 1000)
    }),
  )
})

test('a moment is read with its zone, and never without one', () => {
  expect(['2023-07-25T11:40Z', '2023-07-25T13:40:00+02:00'].map(parseMomentMs)).toEqual([
    1_690_285_200_000, 1_690_285_200_000,
  ])
  for (const text of [
    '',
    '2023-07-25',
    '2023-07-25T11:40',
    '25.7.2023 11:40Z',
    '2023-13-25T11:40Z',
    '1969-07-20T20:17Z',
  ]) {
    expect(() => parseMomentMs(text)).toThrow(
      `A moment such as 2023-07-25T11:40Z is required, got ${JSON.stringify(text)}.`,
    )
  }
})

test('stages rise and end with everybody', () => {
  expect(parseStages('1%,10%, 50%,100%')).toEqual([0.01, 0.1, 0.5, 1])
  expect(parseStages('100%')).toEqual([1])
  const many = Array.from({ length: 21 }, (_, at) => `${(at + 1) * (at < 20 ? 1 : 100 / 21)}%`).join()
  expect(() => parseStages(many)).toThrow('At most 20 stages are possible, got 21.')
  for (const text of ['10%,5%,100%', '50%', '50%,50%,100%', '0%,100%']) {
    expect(() => parseStages(text)).toThrow('Rising percentages that end with 100% are required')
  }
  for (const text of ['', '1', '1%,', '101%', '-1%', '10%;100%']) expect(() => parseStages(text)).toThrow('percentage')
})

test('a share is a percentage, and comes back as one', () => {
  expect(parseShare('12.5%')).toBe(0.125)
  expect(percentText(parseShare('12.5 %'))).toBe('12.5 %')
})

test('numbers and addresses out of range are refused with what was given', () => {
  expect(wholeNumber(1, 10)('7')).toBe(7)
  for (const text of ['0', '11', '1.5', '', '0x5', ' 5'])
    expect(() => wholeNumber(1, 10)(text)).toThrow(JSON.stringify(text))
  expect(parseServer('http://127.0.0.1:7410/')).toBe('http://127.0.0.1:7410')
  for (const text of ['127.0.0.1:7410', 'ftp://a', 'localhost'])
    expect(() => parseServer(text)).toThrow('http:// or https://')
  for (const text of ['http://ada:pw@host', 'http://host/?a=1', 'http://host#x'])
    expect(() => parseServer(text)).toThrow('without a login, a query or a fragment')
})
