/**
 * @param known at least one id
 * @returns the one that takes the fewest changed, added or dropped characters to get to, the first of equals
 */
export function nearestId(id: string, known: readonly string[]): string {
  let nearest = ''
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = changesBetween(id.toUpperCase(), candidate.toUpperCase())
    if (distance < least) {
      nearest = candidate
      least = distance
    }
  }
  return nearest
}

/** Levenshtein's distance, one row of his table at a time. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
