import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'apps/docs/threat-model.md'), 'utf8')
// The formatter pads a table's cells to one width.
const lines = page.split('\n').map((line) => line.replace(/ {2,}/g, ' '))
const rows = lines.filter((line) => line.startsWith('| ') && !/^\| (who could|-+) \|/.test(line))

test.each(rows.map((row) => [row.split(' | ')[0]?.slice(2), row]))(
  'every test that is said to stop who could %s exists',
  (_who, row) => {
    const named = [...row.matchAll(/`([\w./-]+\.test\.ts)` › (.+?)(?=<br>| \|$)/g)]
    expect(named.length).toBeGreaterThan(0)
    expect(named.length).toBe(row.split('›').length - 1)
    for (const [, file = '', name = ''] of named) {
      expect(existsSync(path.join(root, file)), file).toBe(true)
      const source = readFileSync(path.join(root, file), 'utf8')
      expect(
        ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`)),
        `${file} has no test named: ${name}`,
      ).toBe(true)
    }
  },
)

test('the page says who it is about', () => {
  expect(rows.length).toBeGreaterThan(10)
})
