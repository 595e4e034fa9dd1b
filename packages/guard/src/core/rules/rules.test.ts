import { Finding } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from './a-verdict.ts'
import { askRule } from './ask-rule.ts'
import { ruleBook } from './rule-book.ts'
import { PLAN_RULES, RULES } from './rules.ts'

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
})

test('ids are one series, and each is used once', () => {
  const ruleIds = [...RULES, ...PLAN_RULES].map((rule) => rule.ruleId)
  expect(new Set(ruleIds).size).toBe(ruleIds.length)
  for (const rules of [RULES, PLAN_RULES]) {
    expect(rules.map(({ ruleId }) => ruleId)).toEqual(rules.map(({ ruleId }) => ruleId).toSorted())
  }
})
