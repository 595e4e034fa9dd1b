import { readFileSync } from 'node:fs'
import { Finding } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import { EXAMPLES } from './a-verdict.ts'
import { RULES } from './rules.ts'

const pages = new URL('../../../../../apps/docs/rules/', import.meta.url)

describe.each(RULES)('$ruleId $title', (rule) => {
  const finding = rule.check(EXAMPLES[rule.ruleId] ?? expect.fail())?.finding

  test('finds its own example, in words and figures that fit the protocol', () => {
    expect(Finding.safeParse(finding).error).toBeUndefined()
    expect(finding?.ruleId).toBe(rule.ruleId)
    expect(finding?.message.split(' ').length).toBeGreaterThan(8)
  })

  test('its page shows its real output', () => {
    const page = readFileSync(new URL(`${rule.ruleId}.md`, pages), 'utf8')
    expect(page).toContain(`# ${rule.ruleId}: ${rule.title}`)
    expect(page).toContain(JSON.stringify(finding, null, 2))
  })
})

test('ids are in order and each is used once', () => {
  expect(RULES.map((rule) => rule.ruleId)).toEqual(RULES.map((_, at) => `TG${String(at + 1).padStart(3, '0')}`))
})
