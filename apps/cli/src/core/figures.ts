/** How figures are spelt for people: English, the same on every machine. */

/** `5,000 accounts`, `1 account`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** `980 B`, `3.6 MB`: decimal units, at most one digit after the point. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let at = 0
  // 999.95 would be printed as 1,000 of its unit.
  while (value >= 999.95 && at < units.length - 1) {
    value /= 1000
    at++
  }
  return `${value.toLocaleString('en', { maximumFractionDigits: at === 0 ? 0 : 1 })} ${units[at]}`
}

/** `90 s`, `15 min`, `2 h`, `7 d`: the largest unit that needs no fraction; whole seconds from there down. */
export function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${durationMs} ms`
  const seconds = Math.round(durationMs / 1000)
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const
  const unit = units.find(([, length]) => seconds % length === 0)
  return unit ? `${seconds / unit[1]} ${unit[0]}` : `${seconds} s`
}

/** What is left of a time, rounded up: whole minutes, from two minutes down whole seconds. */
export function leftText(leftMs: number): string {
  const unitMs = leftMs > 120_000 ? 60_000 : 1000
  return durationText(Math.ceil(leftMs / unitMs) * unitMs)
}

/** `12.5 %` */
export function percentText(ratio: number): string {
  return `${(ratio * 100).toLocaleString('en', { maximumFractionDigits: 2 })} %`
}
