const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** @returns a count with its thousands apart: `4,211` */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** @returns `1 mail`, `629 mails` */
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

/** @returns a wait in words for people, never more exact than it helps: `12 s`, `3 min`, `2 h 10 min`, `4 days` */
export function formatWait(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${Math.max(1, seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return formatCounted(Math.round(hours / 24), 'day')
}
