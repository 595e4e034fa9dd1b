const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const

const SPELLINGS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

/** @returns a length of time in its two largest units, whole seconds: `0 s`, `90 s` as `1 min 30 s`, `2 d 4 h` */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.round(ms)} ms`
  const first = UNITS.findIndex((unit) => ms >= unit.ms)
  const large = UNITS[first]
  if (large === undefined) return '0 s'
  const small = UNITS[first + 1]
  const largeCount = Math.floor(ms / large.ms)
  const smallCount = small === undefined ? 0 : Math.floor((ms % large.ms) / small.ms)
  return smallCount === 0 || small === undefined
    ? `${largeCount} ${large.name}`
    : `${largeCount} ${large.name} ${smallCount} ${small.name}`
}

/**
 * Reads what a person types for a length of time: `90 s`, `15min`, `1 h 30 min`, `0`.
 *
 * @returns milliseconds, or null when it is not a length of time; a bare number other than 0 has no unit and is none
 */
export function parseDuration(text: string): number | null {
  const compact = text.trim().toLowerCase()
  if (compact === '0') return 0
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(compact)) return null
  let totalMs = 0
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unitMs = SPELLINGS[unit ?? '']
    if (unitMs === undefined) return null
    totalMs += Number(amount) * unitMs
  }
  return Math.round(totalMs)
}
