import { expect, test } from 'vitest'
import { judgeSignal } from '../verdict.ts'
import { anAudience, theFacts } from './a-verdict.ts'
import { nearestId } from './nearest-id.ts'
import type { OwnRule } from './rule.ts'
import { type RuleSetting, ruleBook } from './rule-book.ts'
import { RULES } from './rules.ts'

const ownRule = (overrides: Partial<OwnRule> = {}): OwnRule => ({
  ruleId: 'ACME001',
  title: 'No resets on Fridays',
  check: () => null,
  ...overrides,
})
const withSeverities = (severities: Record<string, RuleSetting>) => ruleBook({ severities })
const ruleIdsOf = (book: ReturnType<typeof ruleBook>) => book.signal.map(({ rule }) => rule.ruleId)

test('where nothing is set, every rule of ours is on and weighs what its page says', () => {
  expect(ruleBook().signal.map(({ rule, severity }) => [rule.ruleId, severity])).toEqual(
    RULES.map(({ ruleId, severity }) => [ruleId, severity]),
  )
})

test('a rule that is off is not asked, one that is a note is told and holds nothing, one that rejects rejects', () => {
  const facts = theFacts({ signal: { reason: null } })
  expect(judgeSignal(facts, ruleBook()).state).toBe('held')
  expect(judgeSignal(facts, withSeverities({ TG004: 'off', TG015: 'off' })).verdict).toMatchObject({
    kind: 'release',
    findings: [],
  })
  expect(judgeSignal(facts, withSeverities({ TG004: 'note', TG015: 'off' })).verdict).toMatchObject({
    kind: 'release',
    findings: [{ ruleId: 'TG004', severity: 'note' }],
    canaryAccountCount: 3,
  })
  expect(judgeSignal(facts, withSeverities({ TG004: 'reject' }))).toMatchObject({ state: 'rejected', named: [] })
})

test('what is over before it was judged is rejected, also where the expiry is a note', () => {
  const facts = theFacts({ signal: { expiresInMs: 5, proposedAtMs: 0 } })
  expect(judgeSignal(facts, withSeverities({ TG003: 'note' })).state).toBe('rejected')
})

test.each(['TG001', 'TG002', 'TG005', 'TG006', 'TG007', 'TG008', 'TG009', 'TG011'])(
  'G1: what protects a credit or a declaration may be made stricter and never weaker than a hold: %s',
  (ruleId) => {
    for (const setting of ['note', 'off'] as const) {
      expect(() => withSeverities({ [ruleId]: setting })).toThrow(RangeError)
      expect(() => withSeverities({ [ruleId]: setting })).toThrow(`to ${setting}: it may not be below hold`)
    }
    for (const setting of ['hold', 'reject'] as const) expect(withSeverities({ [ruleId]: setting })).toBeDefined()
  },
)

test('what is no proposal is rejected, whatever anybody sets', () => {
  expect(() => withSeverities({ TG010: 'hold' })).toThrow('it may not be below reject')
})

test.each([
  ['TG0O5', 'TG005'],
  ['tg011', 'TG011'],
  ['TG10', 'TG010'],
  ['ACME01', 'ACME001'],
])('K4: an id that no rule has is an error at start, with the nearest one that a rule has: %s', (ruleId, nearest) => {
  expect(() => ruleBook({ severities: { [ruleId]: 'note' }, own: [ownRule()] })).toThrow(
    new RangeError(`Cannot set the severity of ${ruleId}: there is no such rule, the nearest is ${nearest}`),
  )
})

test('a severity that is none is an error that says which there are', () => {
  // A config file is not checked by the compiler.
  const loud = 'loud' as RuleSetting
  const message = 'one of reject, hold, note, off is required, got loud'
  expect(() => withSeverities({ TG003: loud })).toThrow(message)
  expect(() => ruleBook({ own: [ownRule({ severity: loud as OwnRule['severity'] & string })] })).toThrow(message)
})

test("a team's own rule holds unless it says otherwise, comes after ours, and can be set like any other", () => {
  const found = { message: 'It is Friday.', evidence: {}, doInstead: 'Propose it on Monday.' }
  const own = [ownRule({ check: () => found })]
  expect(ruleIdsOf(ruleBook({ own }))).toEqual([...RULES.map(({ ruleId }) => ruleId), 'ACME001'])
  expect(judgeSignal(theFacts(), ruleBook({ own })).verdict).toMatchObject({
    kind: 'hold',
    findings: [{ ruleId: 'ACME001', severity: 'hold', ...found }],
    canaryAccountCount: 3,
  })
  expect(judgeSignal(theFacts(), ruleBook({ own, severities: { ACME001: 'note' } })).state).toBe('released')
  expect(ruleIdsOf(ruleBook({ own, severities: { ACME001: 'off' } }))).not.toContain('ACME001')
})

test('an own rule needs an id of its own, a title and a function, or it is an error at start', () => {
  for (const ruleId of ['TG012', 'TG901', 'acme001', 'ACME1', 'A001', '']) {
    expect(() => ruleBook({ own: [ownRule({ ruleId })] })).toThrow(`Cannot add the rule ${ruleId}: letters of your own`)
  }
  expect(() => ruleBook({ own: [ownRule(), ownRule()] })).toThrow('each once')
  // As plain JavaScript could hand them over.
  const noFunction = ownRule({ check: 'return null' as unknown as OwnRule['check'] })
  for (const broken of [noFunction, ownRule({ title: ' ' }), ownRule({ title: 'a\0b' })]) {
    expect(() => ruleBook({ own: [broken] })).toThrow(TypeError)
  }
  const many = Array.from({ length: 33 }, (_, at) => ownRule({ ruleId: `ACME${String(at).padStart(3, '0')}` }))
  expect(() => ruleBook({ own: many })).toThrow('at most 32 are possible, got 33')
  expect(ruleBook({ own: many.slice(1) }).signal).toHaveLength(RULES.length + 32)
})

test('G1: an own rule can leave fewer canaries than the credits, and never more', () => {
  const leaving = (canaryLimit: number) =>
    ruleBook({ own: [ownRule({ check: () => ({ message: 'm', evidence: {}, doInstead: 'd', canaryLimit }) })] })
  const facts = theFacts({ audience: anAudience(5000) })
  expect(judgeSignal(facts, leaving(7)).named).toHaveLength(7)
  expect(judgeSignal(facts, leaving(Number.POSITIVE_INFINITY)).named).toHaveLength(20)
  expect(judgeSignal(facts, leaving(0)).named).toHaveLength(0)
})

test('the nearest id takes the fewest changes to get to, the first of equals', () => {
  expect(nearestId('TG0055', ['TG001', 'TG005', 'ACME001'])).toBe('TG005')
  expect(nearestId('', ['TG001', 'TG005'])).toBe('TG001')
  expect(nearestId('ACMEE002', ['TG001', 'ACME001', 'ACME002'])).toBe('ACME002')
})
