import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accountsLeft, bytesLeft, type Spending } from './credit.ts'
import { aManifest, anAudience, NOW_MS, theFacts } from './rules/a-verdict.ts'
import type { VerdictFacts } from './rules/rule.ts'
import { ruleBook } from './rules/rule-book.ts'
import * as verdict from './verdict.ts'

const BOOK = ruleBook()
const judgeSignal = (facts: VerdictFacts) => verdict.judgeSignal(facts, BOOK)

const ruleIds = (facts: VerdictFacts) => judgeSignal(facts).verdict.findings.map((each) => each.ruleId)

const SHARDS = ['shard-0', 'shard-1', 'shard-2', 'shard-3']
const credits = fc.record({ accountCount: fc.nat(40), bytesPerResource: fc.nat(500) })
const spendings: fc.Arbitrary<Spending> = fc.record({
  accountCount: fc.nat(40),
  bytesByResource: fc
    .tuple(fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(500))
    .map((bytes) => new Map(SHARDS.map((shard, at) => [shard, bytes[at] ?? 0]))),
})
const audiences = fc.array(
  fc.record({
    accountId: fc.uuid(),
    resourceId: fc.constantFrom(...SHARDS),
    predictedBytes: fc.nat(100),
    isResting: fc.boolean(),
    isListening: fc.boolean(),
  }),
  { maxLength: 60 },
)

test('what is spent and what is left are together what was granted', () => {
  fc.assert(
    fc.property(credits, spendings, (credit, spent) => {
      expect(accountsLeft(credit, spent)).toBe(Math.max(0, credit.accountCount - spent.accountCount))
      for (const shard of SHARDS) {
        const used = spent.bytesByResource.get(shard) ?? 0
        if (used <= credit.bytesPerResource)
          expect(bytesLeft(credit, spent, shard) + used).toBe(credit.bytesPerResource)
        else expect(bytesLeft(credit, spent, shard)).toBe(0)
      }
    }),
  )
})

test('G1: no verdict puts more in force than the cause and all causes together have left', () => {
  fc.assert(
    fc.property(
      credits,
      spendings,
      credits,
      spendings,
      audiences,
      (credit, spent, globalCredit, globalSpent, audience) => {
        const { named, verdict } = judgeSignal(
          theFacts({ audience, cause: { credit, spent }, global: { credit: globalCredit, spent: globalSpent } }),
        )
        expect(named.length).toBeLessThanOrEqual(accountsLeft(credit, spent))
        expect(named.length).toBeLessThanOrEqual(accountsLeft(globalCredit, globalSpent))
        for (const shard of SHARDS) {
          const bytes = named
            .filter((each) => each.resourceId === shard)
            .reduce((sum, each) => sum + each.predictedBytes, 0)
          expect(bytes).toBeLessThanOrEqual(bytesLeft(credit, spent, shard))
          expect(bytes).toBeLessThanOrEqual(bytesLeft(globalCredit, globalSpent, shard))
        }
        // Released means that nobody waits, and nobody waits without a finding that says why.
        expect(verdict.kind === 'release').toBe(verdict.findings.length === 0)
        if (verdict.kind === 'release') expect(named).toHaveLength(audience.length)
        expect(verdict.canaryAccountCount + verdict.heldAccountCount).toBe(audience.length)
      },
    ),
  )
})

test('a small reset with a reason, an end and a registered cause is released', () => {
  expect(judgeSignal(theFacts()).verdict).toEqual({
    kind: 'release',
    findings: [],
    canaryAccountCount: 3,
    heldAccountCount: 0,
  })
})

test('G1: an unregistered cause puts nobody in force, whatever it names', () => {
  for (const signal of [{}, { isEveryone: true }]) {
    const judgement = judgeSignal(theFacts({ signal, cause: { isRegistered: false } }))
    expect(judgement).toMatchObject({ state: 'held', named: [] })
  }
})

test('what a manifest did not declare has no canaries; declared accounts may have them', () => {
  const declared = { manifest: aManifest({ actions: ['refetch'], wholeAccount: true }) }
  expect(judgeSignal(theFacts({ cause: declared })).verdict.kind).toBe('release')
  const audience = anAudience(10)
  expect(judgeSignal(theFacts({ audience, cause: declared })).named).toHaveLength(3)
  expect(
    judgeSignal(theFacts({ audience, cause: { ...declared, earlierAccountCount: 2, accountCount: 12 } })).named,
  ).toHaveLength(1)
  for (const manifest of [aManifest({ wholeAccount: true }), aManifest({ actions: ['refetch'] })]) {
    expect(judgeSignal(theFacts({ cause: { manifest } })).named).toHaveLength(0)
  }
  const secondProposal = { ...declared, earlierProposalCount: 1 }
  expect(judgeSignal(theFacts({ cause: secondProposal })).named).toHaveLength(0)
})

test('a manifest that declared a predicate bounds no number of accounts', () => {
  const manifest = aManifest({ actions: ['refetch'], wholeAccount: true, accountCount: null })
  expect(ruleIds(theFacts({ audience: anAudience(15), cause: { manifest } }))).toEqual([])
})

test('expiry: 30 days are fine, a millisecond more is held, and what is over is rejected', () => {
  const days30 = 30 * 86_400_000
  expect(ruleIds(theFacts({ signal: { expiresInMs: days30 } }))).toEqual([])
  expect(judgeSignal(theFacts({ signal: { expiresInMs: days30 + 1 } }))).toMatchObject({
    state: 'held',
    named: [],
    expiresAtMs: NOW_MS + days30,
  })
  expect(judgeSignal(theFacts({ signal: { expiresInMs: 5, proposedAtMs: NOW_MS - 5 } }))).toMatchObject({
    state: 'rejected',
    named: [],
  })
})

test('a whole account needs a reason, collections do not', () => {
  expect(ruleIds(theFacts({ signal: { action: 'verify', reason: null } }))).toEqual(['TG004'])
  const scope =
    theFacts({ cause: { manifest: aManifest() } }).cause.manifest?.collections.map((collection) => ({ collection })) ??
    []
  expect(
    ruleIds(
      theFacts({ signal: { action: 'verify', reason: null, scope: { kind: 'collections', collections: scope } } }),
    ),
  ).toEqual([])
})
