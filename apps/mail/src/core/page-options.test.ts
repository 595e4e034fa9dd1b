import { expect, test } from 'vitest'
import { readPageOptions } from './page-options.ts'

test('without options the page decides by itself', () => {
  expect(readPageOptions('')).toEqual({ network: null, asksAlways: false, maxBytesPerSecond: null, problems: [] })
})

test('a person may say what the network costs, ask to be asked, and cap the rate', () => {
  expect(readPageOptions('?network=metered&ask=always&rate=200000')).toEqual({
    network: 'metered',
    asksAlways: true,
    maxBytesPerSecond: 200_000,
    problems: [],
  })
})

test.each(['?network=free', '?ask=never', '?rate=0', '?rate=fast', '?rate=1e9'])(
  '%s is told, not guessed',
  (search) => {
    expect(readPageOptions(search).problems).toHaveLength(1)
  },
)
