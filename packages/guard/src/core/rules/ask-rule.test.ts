import { Finding, Verdict } from '@tidegate/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeSignal } from '../verdict.ts'
import { anAudience, theFacts } from './a-verdict.ts'
import type { OwnRule, VerdictFacts } from './rule.ts'
import { ruleBook } from './rule-book.ts'

const good = { message: 'It is Friday.', evidence: { day: 'Friday' }, doInstead: 'Propose it on Monday.' }

function judgedWith(check: (facts: VerdictFacts) => unknown, severity: OwnRule['severity'] = 'note') {
  // What a rule written in JavaScript answers is what these tests are about.
  const own = [{ ruleId: 'ACME001', title: 'No Fridays', severity, check: check as OwnRule['check'] }]
  return judgeSignal(theFacts(), ruleBook({ own }))
}

const NONSENSE: readonly (readonly [string, unknown])[] = [
  ['nothing at all', undefined],
  ['a promise', Promise.resolve(null)],
  ['false', false],
  ['true', true],
  ['a text', 'all is well'],
  ['a list', []],
  ['no message', { ...good, message: undefined }],
  ['an empty message', { ...good, message: '' }],
  ['a message that is too long', { ...good, message: 'm'.repeat(1001) }],
  ['a message that cannot be stored', { ...good, message: 'a\0b' }],
  ['no way out', { ...good, doInstead: undefined }],
  ['evidence that is no figure', { ...good, evidence: { facts: {} } }],
  ['evidence that is not a number', { ...good, evidence: { ratio: Number.NaN } }],
  ['a name of evidence that cannot be stored', { ...good, evidence: { 'a\0': 1 } }],
  ['half an emoji', { ...good, evidence: { day: '\ud83d' } }],
  ['fewer canaries than none', { ...good, canaryLimit: -1 }],
  ['a number of canaries that is none', { ...good, canaryLimit: Number.NaN }],
  ['another weight than there is', { ...good, atLeast: 'release' }],
]

test.each(NONSENSE)(
  'G6: a rule that answers %s holds the signal without canaries, also where it is a note',
  (_, answer) => {
    const { state, named, verdict } = judgedWith(() => answer)
    expect({ state, named }).toEqual({ state: 'held', named: [] })
    expect(verdict.findings).toMatchObject([{ ruleId: 'ACME001', severity: 'hold', evidence: { isRuleBroken: true } }])
    expect(verdict.findings[0]?.message).toBe(
      'ACME001 (No Fridays) could not say whether the signal of labels-2023-07 may pass: its answer is neither null nor a finding.',
    )
  },
)

describe('G6: a rule that throws holds the signal without canaries', () => {
  test.each([
    ['an error', new TypeError('facts.weather is undefined'), 'it threw TypeError: facts.weather is undefined'],
    ['what cannot be stored', new Error('a\0b\ud800'), 'it threw Error: ab'],
    ['a text', 'no', 'it threw string'],
    [
      'an error that cannot be told',
      Object.assign(new Error('no'), { name: Symbol('no') }),
      'it threw what cannot be told',
    ],
    ['a very long error', new Error('x'.repeat(5000)), `it threw Error: ${'x'.repeat(293)}`],
  ])('%s', (_, thrown, because) => {
    const { state, named, verdict } = judgedWith(() => {
      throw thrown
    })
    expect({ state, named }).toEqual({ state: 'held', named: [] })
    expect(verdict.findings[0]?.evidence).toEqual({ isRuleBroken: true, because })
    expect(Finding.safeParse(verdict.findings[0]).error).toBeUndefined()
  })
})

test('G6: a rule whose answer throws when it is read holds the signal, and keeps nobody waiting', () => {
  const answer = {
    get message() {
      throw new Error('late')
    },
  }
  const { state, named, verdict } = judgedWith(() => answer)
  expect({ state, named }).toEqual({ state: 'held', named: [] })
  expect(verdict.findings[0]?.evidence).toEqual({ isRuleBroken: true, because: 'it threw Error: late' })
})

test('a rule cannot change what other rules and the verdict see', () => {
  const facts = theFacts({ audience: anAudience(5000) })
  const check = (seen: VerdictFacts) => {
    // Writing through a readonly type, as JavaScript does.
    const open = seen as unknown as {
      cause: { credit: { accountCount: number }; spent: { bytesByResource: Map<string, number> } }
    }
    open.cause.credit.accountCount = 5000
    open.cause.spent.bytesByResource.clear()
    return null
  }
  const book = ruleBook({ own: [{ ruleId: 'ACME001', title: 'Generous', check }] })
  expect(judgeSignal(facts, book).named).toHaveLength(20)
  expect(facts.cause.credit.accountCount).toBe(20)
})

test('G6: whatever a rule answers, the verdict fits the protocol, and only null lets a signal pass that would pass', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (answer) => {
      const { verdict, state } = judgedWith(() => answer, 'hold')
      expect(Verdict.safeParse(verdict).error).toBeUndefined()
      expect(state === 'released').toBe(answer === null)
    }),
    { numRuns: 500 },
  )
})
