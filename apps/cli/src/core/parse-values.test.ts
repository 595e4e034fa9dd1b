import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationText, percentText } from './figures.ts'
import { parseDurationMs, parseMomentMs, parseServer, parseShare, parseStages, wholeNumber } from './parse-values.ts'

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

test('what a length of time is spelt as is read as the same length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000_000 }), (seconds) => {
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
})
