import { CollectionName, Finding } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from './a-verdict.ts'
import { askRule } from './ask-rule.ts'
import type { VerdictFacts } from './rule.ts'
import { ruleBook } from './rule-book.ts'
import { PLAN_RULES, RULES } from './rules.ts'

/** 32 collections of 64 characters; characters of two UTF-16 units, and quotes, which a shell and SQL have to have doubled. */
function withLongNames(facts: VerdictFacts, isOfAccount: boolean): VerdictFacts {
  const collections = Array.from({ length: 32 }, (_, at) =>
    CollectionName.parse(`${String(at).padStart(2, '0')}${"😀'".repeat(31)}`),
  )
  const { signal, cause } = facts
  const { scope, malformedBecause } = signal
  return {
    ...facts,
    signal: {
      ...signal,
      causeId: "😀'".repeat(64),
      // Two rules are about whole accounts.
      scope: isOfAccount
        ? scope
        : { kind: 'collections', collections: collections.map((collection) => ({ collection })) },
      malformedBecause: malformedBecause && '😀'.repeat(500),
    },
    cause: {
      ...cause,
      manifest: cause.manifest && { ...cause.manifest, collections },
      earlierScopes: {
        ...cause.earlierScopes,
        collections: cause.earlierScopes.collections.length > 0 ? collections : [],
      },
    },
  }
}

describe.each(ruleBook().signal)('$rule.ruleId $rule.title', (active) => {
  const { ruleId } = active.rule
  const facts = EXAMPLES[ruleId] ?? expect.fail()
  const finding = askRule(active, facts, facts.signal.causeId)?.finding

  test('finds its own example, in words and figures that fit the protocol, with a way out that names the cause', () => {
    expect(Finding.safeParse(finding).error).toBeUndefined()
    expect(finding).toMatchObject({ ruleId, severity: active.severity })
    expect(finding?.evidence).not.toHaveProperty('isRuleBroken')
    expect(finding?.message.split(' ').length).toBeGreaterThan(8)
    if (ruleId !== 'TG010') expect(`${finding?.message} ${finding?.doInstead}`).toContain(facts.signal.causeId)
  })

  test('says the same of a cause and collections whose names are as long as names may be', () => {
    const long = askRule(active, withLongNames(facts, ruleId === 'TG004' || ruleId === 'TG014'), 'the cause')?.finding
    expect(Finding.safeParse(long).error).toBeUndefined()
    expect(long).toMatchObject({ ruleId, severity: active.severity })
    expect(long?.evidence).not.toHaveProperty('isRuleBroken')
  })
})

test('ids are one series, and each is used once', () => {
  const ruleIds = [...RULES, ...PLAN_RULES].map((rule) => rule.ruleId)
  expect(new Set(ruleIds).size).toBe(ruleIds.length)
  for (const rules of [RULES, PLAN_RULES]) {
    expect(rules.map(({ ruleId }) => ruleId)).toEqual(rules.map(({ ruleId }) => ruleId).toSorted())
  }
})
