/** What was served at a moment of the storage's own clock. */
export interface Served {
  readonly atMs: number
  readonly units: number
}

/**
 * The most that was served within any window of `windowMs`, both ends included, wherever it begins: a window that is
 * heaviest begins at something served.
 *
 * @param served in any order
 * @returns the units of the heaviest window and when it began; 0 units when nothing was served
 */
export function heaviestWindow(served: readonly Served[], windowMs: number): { units: number; fromMs: number } {
  const inOrder = served.toSorted((left, right) => left.atMs - right.atMs)
  let heaviest = { units: 0, fromMs: 0 }
  let units = 0
  let first = 0
  for (const { atMs, units: added } of inOrder) {
    units += added
    for (let oldest = inOrder[first]; oldest && oldest.atMs < atMs - windowMs; oldest = inOrder[++first]) {
      units -= oldest.units
    }
    if (units > heaviest.units) heaviest = { units, fromMs: inOrder[first]?.atMs ?? atMs }
  }
  return heaviest
}
