import { readFileSync } from 'node:fs'
import { Finding } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { Suspicion } from '../suspicion.ts'
import { BYPASS_RULES, SIGNAL_RULES } from './rules.ts'

const pages = new URL('../../../../../apps/docs/rules/', import.meta.url)
const pageOf = (ruleId: string) => readFileSync(new URL(`${ruleId}.md`, pages), 'utf8')

/** One sighting of each kind, as the pages show them. */
const SIGHTINGS: readonly Suspicion[] = [
  { kind: 'triggers', what: 'it switches triggers off', place: { line: 4, column: 1 } },
  { kind: 'capture', what: 'it changes the outbox or tidegate.propose itself', place: null },
  {
    kind: 'outside',
    what: 'it reaches outside its database, where nothing counts what it tells clients',
    place: { line: 2, column: 1 },
  },
  {
    kind: 'nothing-proposed',
    what: 'it calls tidegate.propose, and on the rows of the schema file that proposed nothing',
    place: { line: 7, column: 8 },
  },
]
const facts = {
  limits: {
    activeAccountCount: 0,
    creditAccountCount: 20,
    globalCreditAccountCount: 100,
    longestExpiryMs: 2_592_000_000,
  },
  causes: [],
  namedAccountCount: 0,
  malformed: [],
  suspicions: SIGHTINGS,
}

test.each(BYPASS_RULES)('the page of $ruleId shows its real output', (rule) => {
  const [finding, ...others] = rule.check(facts)
  expect(others).toEqual([])
  expect(Finding.safeParse(finding).error).toBeUndefined()
  expect(pageOf(rule.ruleId)).toContain(`# ${rule.ruleId}: ${rule.title}`)
  expect(pageOf(rule.ruleId)).toContain(JSON.stringify(finding, null, 2))
})

test('what the checker finds under an id of the guard is on the page of that id', () => {
  for (const { ruleId } of SIGNAL_RULES) expect(pageOf(ruleId)).toContain(`# ${ruleId}: `)
})

test('ids rise and each is used once', () => {
  const ruleIds = [...SIGNAL_RULES, ...BYPASS_RULES].map(({ ruleId }) => ruleId)
  expect(ruleIds).toEqual([...new Set(ruleIds)].sort())
})

test('a crowd of sightings is told in five findings and a count, and each line fits the wire', () => {
  const many = Array.from(
    { length: 900 },
    (_, at): Suspicion => ({
      kind: 'triggers',
      what: `x${'y'.repeat(2000)}`,
      place: { line: at + 1, column: 1 },
    }),
  )
  const findings = BYPASS_RULES[0]?.check({ ...facts, suspicions: many }) ?? []
  expect(findings).toHaveLength(5)
  for (const finding of findings) expect(Finding.safeParse(finding).error).toBeUndefined()
})
