/** How findings spell figures: the same everywhere, so that pages and tests can quote them. */

/** `5,000 accounts`, `1 account`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `980 bytes`, `3.6 MB`: decimal units, one digit after the point. */
export function bytesText(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  if (bytes < 1000) return countOf(bytes, 'byte')
  let value = bytes
  let at = -1
  while (value >= 999.95 && at < units.length - 1) {
    value /= 1000
    at++
  }
  return `${Number(value.toFixed(1))} ${units[at]}`
}

/** `24 hours`, `30 days`, `90 minutes`: the largest unit that needs no fraction. */
export function durationText(ms: number): string {
  const units = [
    { lengthMs: 86_400_000, one: 'day' },
    { lengthMs: 3_600_000, one: 'hour' },
    { lengthMs: 60_000, one: 'minute' },
    { lengthMs: 1000, one: 'second' },
  ]
  const unit = units.find(({ lengthMs }) => ms >= lengthMs && ms % lengthMs === 0)
  return unit ? countOf(ms / unit.lengthMs, unit.one) : `${grouped(ms)} ms`
}

/** `40 seconds`, `63 minutes`, `31 hours`, `9 days`: rounded up, for lengths that are worked out rather than chosen. */
export function roughDurationText(ms: number): string {
  if (ms <= 120_000) return countOf(Math.ceil(ms / 1000), 'second')
  if (ms <= 7_200_000) return countOf(Math.ceil(ms / 60_000), 'minute')
  return ms <= 172_800_000 ? countOf(Math.ceil(ms / 3_600_000), 'hour') : countOf(Math.ceil(ms / 86_400_000), 'day')
}

/** The same as the command line reads it: `40s`, `63m`, `31h`. */
export function durationFlag(ms: number): string {
  if (ms <= 120_000) return `${Math.max(1, Math.ceil(ms / 1000))}s`
  return ms <= 7_200_000 ? `${Math.ceil(ms / 60_000)}m` : `${Math.ceil(ms / 3_600_000)}h`
}

/** `1 %`, `12.5 %`: at most two digits after the point. */
export function percentText(ratio: number): string {
  return `${Number((ratio * 100).toFixed(2))} %`
}

/** A sentence that lists names stays readable, and half of what a finding may be long is left for all else. */
const NAMES_LENGTH = 200

/** As many of the names, from the first, as fit into a sentence; at least one. */
export function fittingNames(names: readonly string[]): readonly string[] {
  let length = 0
  return names.filter((name, at) => {
    length += name.length + 2
    return at === 0 || length <= NAMES_LENGTH
  })
}

/** `labels, messages`, or `labels, messages, 30 more` where not all of them fit. */
export function namesText(names: readonly string[]): string {
  const shown = fittingNames(names)
  const moreCount = names.length - shown.length
  return [...shown, ...(moreCount > 0 ? [`${moreCount} more`] : [])].join(', ')
}

/** Thousands apart by commas. Written out because `toLocaleString` speaks the machine's language. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}
