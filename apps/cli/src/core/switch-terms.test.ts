import { expect, test } from 'vitest'
import { EXAMPLES, readSwitchTerms } from './switch-terms.ts'

const HOUR_MS = 3_600_000

test('J9: a class is slowed down by three words, in any order', () => {
  const expected = {
    effect: { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 },
    endsInMs: 2 * HOUR_MS,
  }
  expect(readSwitchTerms('throttle', ['class=bridge', 'to=10%', 'for=2h'])).toEqual(expected)
  expect(readSwitchTerms('throttle', ['for=120m', 'to=10%', 'class=bridge'])).toEqual(expected)
})

test('a resource alone is slowed down for every class', () => {
  expect(readSwitchTerms('throttle', ['resource=shard-3', 'to=0%', 'for=30m'])).toEqual({
    effect: { kind: 'throttle', resourceId: 'shard-3', toRatio: 0 },
    endsInMs: HOUR_MS / 2,
  })
})

test('every example that a mistake is answered with can be read', () => {
  for (const verb of ['throttle', 'pause', 'shed'] as const) {
    expect(readSwitchTerms(verb, EXAMPLES[verb].split(' '), 'Back at noon.').effect.kind).toBe(verb)
  }
})

test.each([
  ['throttle', 'class=bridge to=10%', 'for= is required.'],
  ['throttle', 'class=bridge', 'to= and for= is required.'],
  ['throttle', 'to=10% for=2h', 'class= or resource= is required.'],
  ['throttle', 'clas=bridge to=10% for=2h', 'It takes to=, for=, class=, resource=, got "clas=bridge".'],
  ['throttle', 'bridge to=10% for=2h', 'It takes to=, for=, class=, resource=, got "bridge".'],
  ['throttle', 'class=bridge class=web to=10% for=2h', 'class= was given twice.'],
  ['throttle', 'class=Bridge to=10% for=2h', 'class: "Bridge" must be a lower-case word of at most 32 characters.'],
  ['throttle', 'class=bridge to=10 for=2h', 'to: A percentage from 0% to 100% is required, got "10".'],
  ['throttle', 'class=bridge to=100% for=2h', 'to: 100% slows nothing down; less is required.'],
  ['throttle', 'class=bridge to=10% for=2', 'for: A length of time such as 90s, 10m or 2h is required, got "2".'],
  ['throttle', 'class=bridge to=10% for=0s', 'for: A time above zero is required, got "0s".'],
  [
    'throttle',
    'class=bridge to=10% for=31d',
    'for: At most 30 d are possible, got "31d": what has to hold longer is a setting.',
  ],
  ['pause', 'labels for=1h', 'It takes cause=, for=, got "labels".'],
  ['shed', 'service=mail', 'for= is required.'],
] as const)('a mistake says what was wrong and how it is written: %s %s (K4)', (verb, words, message) => {
  expect(() => readSwitchTerms(verb, words.split(' '))).toThrow(`Cannot ${verb}: ${message} As in: tidegate ${verb} `)
})
