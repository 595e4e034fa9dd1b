import { readFileSync } from 'node:fs'
import { METRICS, prometheusNameOf } from '@tidegate/guard/opentelemetry'
import { expect, test } from 'vitest'
import { GUIDE, withTables } from './observability-tables.ts'

const guide = readFileSync(GUIDE, 'utf8')

/** The formatter pads the cells of a table, and draws its line, to one width. */
const narrow = (text: string) => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---')

test('the tables of the guide on observability are what the guard logs and measures (write them anew with test/gate/observability-tables.ts)', () => {
  expect(narrow(guide)).toBe(narrow(withTables(guide)))
  for (const name of Object.keys(METRICS)) expect(guide).toContain(`\`${prometheusNameOf(name)}\``)
})

test('every alert asks for metrics and attributes that exist', () => {
  const names = new Set(
    Object.entries(METRICS).flatMap(([name, { kind }]) => {
      const spelt = prometheusNameOf(name)
      return kind === 'histogram' ? [`${spelt}_bucket`, `${spelt}_count`, `${spelt}_sum`] : [spelt]
    }),
  )
  const attributes = new Set(
    Object.values(METRICS).flatMap((row) => row.attributes.map((each) => each.replaceAll('.', '_'))),
  )
  const queries = [...guide.matchAll(/^```promql\n(.*?)^```$/gms)].map(([, query = '']) => query)
  expect(queries.length).toBeGreaterThan(3)
  for (const query of queries) {
    const asked = [...query.matchAll(/\b(tidegate_\w+)(?!\w*\s*[=!])/g)].map(([, name = '']) => name)
    expect(asked.length).toBeGreaterThan(0)
    for (const name of asked) expect(names.has(name), `${name} is no metric`).toBe(true)
    for (const [, attribute = ''] of query.matchAll(/\b(\w+)\s*!?=~?\s*"/g)) {
      expect(attributes.has(attribute), `${attribute} is no attribute`).toBe(true)
    }
  }
})
