import fc from 'fast-check'
import { z } from 'zod'

/** What fields of these names hold, wherever they stand: ids that exist, and shapes that a schema says only by refining. */
export type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Longer texts and lists than these come from mutations, which know the limits. */
const LONGEST_TEXT = 40
const LONGEST_LIST = 4

/**
 * Inputs that a schema accepts, derived from its JSON Schema.
 *
 * @throws TypeError for a schema it cannot make values of, so that a message of a new form is not silently left out
 */
export function arbitraryOf(schema: z.ZodType, fields: Fields): fc.Arbitrary<unknown> {
  const derived = anyOf(z.toJSONSchema(schema, { io: 'input' }), fields)
  // What refinements forbid is not in a JSON Schema.
  return derived.filter((value) => schema.safeParse(value).success)
}

function anyOf(schema: JsonSchema, fields: Fields): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((choice) => anyOf(asSchema(choice), fields)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom<unknown[]>(...schema.enum)
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 2 ** 40, 2 ** 40) })
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1, noNaN: true })
    case 'string':
      return textOf(schema)
    case 'array': {
      const minLength = schema.minItems ?? 0
      const maxLength = Math.max(minLength, Math.min(schema.maxItems ?? LONGEST_LIST, LONGEST_LIST))
      return fc.array(anyOf(asSchema(schema.items), fields), { minLength, maxLength })
    }
    case 'object':
      return recordOf(schema, fields)
    default:
      throw new TypeError(`Cannot make values of ${JSON.stringify(schema)}`)
  }
}

function recordOf(schema: JsonSchema, fields: Fields): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const own = Object.hasOwn(fields, name) ? fields[name] : undefined
    return [name, own ?? anyOf(asSchema(property), fields)] as const
  })
  return fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] })
}

function textOf(schema: JsonSchema): fc.Arbitrary<string> {
  const patterns = [schema.pattern, ...(schema.allOf ?? []).map((part) => asSchema(part).pattern)].filter(
    (pattern) => pattern !== undefined,
  )
  const [first] = patterns
  // fast-check makes no texts of Unicode classes; those that forbid a few characters are met by leaving them out.
  if (first !== undefined && !first.includes('\\p{')) return fc.stringMatching(new RegExp(first))
  const minLength = schema.minLength ?? 0
  const maxLength = Math.max(minLength, Math.min(schema.maxLength ?? LONGEST_TEXT, LONGEST_TEXT))
  const regexes = patterns.map((pattern) => new RegExp(pattern, 'u'))
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.string({ minLength, maxLength }) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.ceil(maxLength / 4) }) },
    )
    .filter((text) => regexes.every((regex) => regex.test(text)))
}

function asSchema(part: unknown): JsonSchema {
  // A JSON Schema is any object; `true` and `false` stand for everything and nothing.
  if (typeof part === 'object' && part !== null && !Array.isArray(part)) return { ...part }
  throw new TypeError(`Cannot make values of ${JSON.stringify(part)}`)
}
