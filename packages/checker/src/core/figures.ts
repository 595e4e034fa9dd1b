/** How the checker spells figures: the same on every machine, so that the same migration gives the same bytes (K3). */

/** `5,000 accounts`, `1 account`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** Thousands apart by commas. Written out because `toLocaleString` speaks the machine's language. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `messages, bodies and 3 more`: at most `limit` names, and how many are left out. */
export function listOf(names: readonly string[], totalCount = names.length, limit = 3): string {
  const shown = names.slice(0, limit)
  const moreCount = totalCount - shown.length
  return moreCount > 0 ? `${shown.join(', ')} and ${grouped(moreCount)} more` : shown.join(', ')
}

/** `line 8`, `lines 8, 9, 10 and 4 more`. */
export function linesText(lines: readonly number[]): string {
  return `${lines.length === 1 ? 'line' : 'lines'} ${listOf(lines.map(String))}`
}
