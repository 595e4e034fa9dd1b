import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DOWN } from './down.ts'
import { Audience } from './messages/audience.ts'
import { Cause } from './messages/cause.ts'
import { CollectionDigest } from './messages/digest.ts'
import { ItemHead } from './messages/item.ts'
import { Manifest } from './messages/manifest.ts'
import { ReleasePlan } from './messages/operator/release-plan.ts'
import { Scope } from './messages/scope.ts'
import { Signal } from './messages/signal.ts'
import { Finding, Verdict } from './messages/verdict.ts'
import { UP } from './up.ts'

const PARTS = { Audience, Cause, CollectionDigest, Finding, ItemHead, Manifest, ReleasePlan, Scope, Signal, Verdict }
const SCHEMAS: Readonly<Record<string, z.ZodType>> = { ...UP, ...DOWN, ...PARTS }

/** Files whose expected values are numbers and bytes, not verdicts; the tests beside their sources read them. */
const WORKED_OUT = ['fingerprints.json', 'positions.json', 'signed-answers.json']

const VectorFile = z.object({
  message: z.string(),
  valid: z.array(z.object({ what: z.string(), value: z.json() })),
  invalid: z.array(z.object({ what: z.string(), why: z.string(), value: z.json() })),
})

const folder = path.resolve(import.meta.dirname, '../vectors')
const names = globSync('*.json', { cwd: folder }).filter((name) => !WORKED_OUT.includes(name))
const files = names.map((name) => ({
  name,
  ...VectorFile.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8'))),
}))

test('every message has a file of vectors, named after it', () => {
  const kebab = (message: string) => `${message.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.json`
  expect(files.map((file) => file.message).sort()).toEqual(Object.keys(SCHEMAS).sort())
  expect(files.map((file) => file.name)).toEqual(files.map((file) => kebab(file.message)))
})

describe.each(files)('$message', ({ message, valid, invalid }) => {
  const schema = SCHEMAS[message] ?? z.never()

  test.each(valid)('reads $what', ({ value }) => {
    const read = schema.parse(value)
    const written = JSON.stringify(read)
    expect(JSON.stringify(schema.parse(JSON.parse(written)))).toBe(written)
  })

  test.each(invalid)('refuses $what', ({ why, value }) => {
    const { error } = schema.safeParse(value)
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(why)
  })
})
