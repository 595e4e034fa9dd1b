import type { Finding } from '@tidegate/protocol'
import { formatDuration } from './durations.ts'
import { formatBytes, formatCount, formatShare } from './figures.ts'

type Value = Finding['evidence'][string]

/** How a figure reads, by the unit that its name ends with; the name is then told without it. */
const UNITS: readonly { readonly ending: RegExp; readonly format: (value: number) => string }[] = [
  { ending: /Ms$/, format: formatDuration },
  { ending: /Bytes(?=$|PerResource$)/, format: formatBytes },
  { ending: /Ratio$/, format: formatShare },
]

/** @returns a piece of evidence in words: `resetSpacingMs: 86400000` as `reset spacing` and `1 d` */
export function describeEvidence(name: string, value: Value): { readonly name: string; readonly value: string } {
  if (typeof value !== 'number')
    return { name: inWords(name), value: typeof value === 'boolean' ? yesNo(value) : value }
  const unit = UNITS.find(({ ending }) => ending.test(name))
  return unit === undefined
    ? { name: inWords(name), value: formatCount(value) }
    : { name: inWords(name.replace(unit.ending, '')), value: unit.format(value) }
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}

/** `audienceAccountCount` reads as "audience account count". */
function inWords(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
}
