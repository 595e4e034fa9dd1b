const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** @returns a count with its thousands apart: `12,400` */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** @returns `1 account`, `12,400 accounts` */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${grouped.format(count)} ${count === 1 ? one : many}`
}

/** @returns bytes in decimal units with at most one digit after the point: `0 B`, `12.4 MB` */
export function formatBytes(bytes: number): string {
  let value = bytes
  let at = 0
  // 999.95 would be printed as 1,000 of its unit.
  while (value >= 999.95 && at < BYTE_UNITS.length - 1) {
    value /= 1000
    at++
  }
  return `${at === 0 ? grouped.format(value) : oneDigit.format(value)} ${BYTE_UNITS[at]}`
}

/** @param ratio 0..1 */
export function formatShare(ratio: number): string {
  return percent.format(ratio)
}

/** @returns `part` of `whole` in 0..1; 0 of 0 is 0 */
export function ratioOf(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole))
}
