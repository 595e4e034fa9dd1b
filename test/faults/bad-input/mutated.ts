/** Chance as a test hands it out, in [0, 1). */
type Random = () => number

/** JSON that `JSON.stringify` does not write: the text stands between these marks until {@link toJson} takes them off. */
const raw = (text: string) => `@raw:${text}:raw@`

/** JSON text of a value, with what only the text of JSON can hold: numbers that become infinite when they are read, or -0. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"@raw:([^"]*?):raw@"/g, '$1')
}

/** Year 2100, and a day after it. */
const FAR_MS = 4_102_444_800_000

/** Each limit of the wire, and one beside it: counts, lengths, days, versions, safe integers, 64 bits. */
const NUMBERS: readonly unknown[] = [
  ...[-1, 0, 1, 2, 0.5, 1.000001, 20, 21, 500, 501, 5_000, 5_001, 65_535, 65_536, 34_560_000_000, 34_560_000_001],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 53 - 2, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e300, -1e300, 5e-324],
  ...[FAR_MS, FAR_MS + 86_400_000, raw('1e999'), raw('-1e999'), raw('-0'), 'NaN', 'Infinity', '-Infinity', '1', '0x10'],
]
const TEXT_LENGTHS = [0, 1, 15, 16, 17, 32, 33, 63, 64, 65, 120, 121, 127, 128, 129, 500, 501, 1_000, 100_000]
const TEXTS: readonly unknown[] = [
  ...['a\0b', '\0', '\ud800', 'x\udfff', '\udc00\ud800', '\u202e', '\u200b', '\ufeff', ' ', '\n', '\t', '\u007f'],
  ...["'; DROP TABLE tidegate_ledger.signal; --", '$1', '{}', '\\u0000', '%00', '../../etc/passwd', '<script>'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'ann', 'nobody'],
]
const LIST_LENGTHS = [0, 2, 3, 16, 17, 32, 33, 256, 257, 500, 501, 1_000]
const OTHER_TYPES: readonly unknown[] = [null, true, false, 0, 7, '', 'text', [], {}, [[]], [null], { length: 3 }]
const EXTRA_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'toJSON',
  'length',
  'unknownField',
  '',
]

/** @returns `value` with exactly one of its fields, at any depth, or itself, made different; `value` stays as it is */
export function mutated(value: unknown, random: Random): unknown {
  const paths = pathsOf(value)
  const path = pick(paths, random)
  return changedAt(value, path, (old) => otherThan(old, random))
}

/** What is put into a field when somebody means harm with size: ten million characters. */
export function withHugeText(value: unknown, random: Random): unknown {
  const texts = pathsOf(value).filter((path) => typeof at(value, path) === 'string')
  const path = texts.length > 0 ? pick(texts, random) : ['huge']
  return changedAt(value, path, () => 'x'.repeat(10_000_000))
}

const MISSING = Symbol('a field that is left out')

function otherThan(old: unknown, random: Random): unknown {
  const chance = random()
  if (chance < 0.12) return MISSING
  if (chance < 0.24) return pick(OTHER_TYPES, random)
  if (chance < 0.27) return nested(pick([10, 100, 3_000], random), random() < 0.5)
  if (typeof old === 'number') {
    return random() < 0.4 ? old + pick([-1, 1, 0.5], random) : pick(NUMBERS, random)
  }
  if (typeof old === 'string') {
    if (random() < 0.6) return random() < 0.5 ? pick(TEXTS, random) : old + String(pick(TEXTS, random))
    return pick(['x', 'é', '🌊', '1'], random).repeat(pick(TEXT_LENGTHS, random))
  }
  if (Array.isArray(old)) return Array.from({ length: pick(LIST_LENGTHS, random) }, () => old[0] ?? 'x')
  if (typeof old === 'object' && old !== null) return withExtra(old, random)
  return pick([...NUMBERS, ...TEXTS, ...OTHER_TYPES], random)
}

/** One more field, whose name may be one that objects have by birth. */
function withExtra(old: object, random: Random): unknown {
  const name = JSON.stringify(pick(EXTRA_NAMES, random))
  const extra = JSON.stringify(pick([...TEXTS, { isAdmin: true }, { toString: 1 }, ['x']], random))
  const rest = JSON.stringify(old).slice(1)
  // Read from text, because an assignment to __proto__ makes no field.
  return JSON.parse(`{${name}:${extra}${rest === '}' ? '' : ','}${rest}`)
}

function nested(depth: number, isList: boolean): unknown {
  let value: unknown = 1
  for (let at = 0; at < depth; at++) value = isList ? [value] : { kind: value }
  return value
}

type Path = readonly string[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))]
}

function at(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  return at(Object.entries(value).find(([own]) => own === name)?.[1], rest)
}

function changedAt(value: unknown, [name, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (name === undefined) {
    const changed = change(value)
    return changed === MISSING ? undefined : changed
  }
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
  const old = entries.find(([own]) => own === name)?.[1]
  const isLast = rest.length === 0
  const changed = isLast ? change(old) : changedAt(old, rest, change)
  const others = entries.filter(([own]) => own !== name || !isLast || changed !== MISSING)
  const known = others.map(([own, inner]): [string, unknown] => [own, own === name ? changed : inner])
  const isNew = old === undefined && changed !== MISSING && !entries.some(([own]) => own === name)
  if (Array.isArray(value)) return known.map(([, inner]) => inner)
  return Object.fromEntries(isNew ? [...known, [name, changed]] : known)
}

export function pick<Value>(values: readonly Value[], random: Random): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new RangeError('Cannot pick from nothing')
  return value
}
