import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PAGE_IDS, rulePage } from '../rules/rule-page.ts'

const folder = path.resolve(import.meta.dirname, '../../apps/docs/rules')

test.each(PAGE_IDS)(
  'the page of %s shows what the rule says today (write it anew with `pnpm rules`)',
  async (ruleId) => {
    const page = await rulePage(ruleId)
    expect(readFileSync(path.join(folder, `${ruleId}.md`), 'utf8')).toBe(page)
    // The example is about this rule, not about another one that spoke first.
    expect(page.slice(page.indexOf('## What it says'))).toContain(ruleId)
  },
)

test('every page of a rule of ours is of a rule that exists', () => {
  const pages = globSync('TG0*.md', { cwd: folder }).map((file) => file.slice(0, 5))
  expect(pages.toSorted()).toEqual(PAGE_IDS)
})
