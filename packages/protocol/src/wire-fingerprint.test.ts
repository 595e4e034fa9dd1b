import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { DOWN } from './down.ts'
import { UP } from './up.ts'
import { PROTOCOL_VERSION } from './version.ts'

// One SHA-256 per message over its JSON Schema, as written and as read. Refinements (swapped ranges, rising shares) have
// no JSON Schema: ../vectors holds those.
const file = path.resolve(import.meta.dirname, 'wire-fingerprint.json')
const Kept = z.object({ protocolVersion: z.int(), messages: z.record(z.string(), z.string()) })

const advice = `The wire is not what src/wire-fingerprint.json says.
If nobody meant it, undo the change. If it was meant: clients in the field speak the old wire, so make readers accept both
spellings, raise PROTOCOL_VERSION with a history line in src/version.ts when an old reader would misunderstand the new
writer, add vectors, and write the fingerprints anew with TIDEGATE_REWRITE_WIRE=1 in front of this test's command.
A new version of zod that spells JSON Schema another way is the one harmless reason.`

test('the wire changes only when somebody means it', () => {
  const now = {
    protocolVersion: PROTOCOL_VERSION,
    messages: Object.fromEntries(
      Object.entries({ ...UP, ...DOWN })
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, schema]) => [name, schemaFingerprint(schema)]),
    ),
  }
  if (process.env.TIDEGATE_REWRITE_WIRE === '1') writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`)
  expect(now, advice).toEqual(Kept.parse(JSON.parse(readFileSync(file, 'utf8'))))
})

test('the fingerprint of a message sees a new field, a looser bound and a field that became optional, and not the order of fields', () => {
  const message = z.object({ first: z.string().max(3), second: z.int() })
  const same = z.object({ second: z.int(), first: z.string().max(3) })
  expect(schemaFingerprint(same)).toBe(schemaFingerprint(message))

  const others = [
    message.extend({ third: z.string() }),
    message.extend({ first: z.string().max(4) }),
    message.extend({ second: z.int().optional() }),
    message.extend({ second: z.int().default(0) }),
    message.omit({ second: true }),
  ]
  expect(new Set([message, ...others].map(schemaFingerprint)).size).toBe(others.length + 1)
})

function schemaFingerprint(schema: z.ZodType): string {
  const read = z.toJSONSchema(schema, { io: 'input' })
  const written = z.toJSONSchema(schema, { io: 'output' })
  return createHash('sha256').update(sorted({ read, written })).digest('hex')
}

/** JSON with the keys of objects, and the lists of required keys, in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'required' && Array.isArray(part)) return part.toSorted()
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}
