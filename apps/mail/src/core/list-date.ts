const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

/** @returns a mail's date as short as it can be told: the time today, the day this year, the date otherwise */
export function formatListDate(atMs: number, nowMs: number): string {
  const at = new Date(atMs)
  const now = new Date(nowMs)
  if (at.toDateString() === now.toDateString()) return time.format(at)
  return (at.getFullYear() === now.getFullYear() ? dayOfYear : day).format(at)
}

/** @returns day and time in full, for the head of a mail */
export function formatMoment(atMs: number): string {
  return moment.format(atMs)
}

/** @returns the time of day */
export function formatTime(atMs: number): string {
  return time.format(atMs)
}
