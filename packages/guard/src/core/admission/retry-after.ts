/** Nobody whose turn is not far off is sent away for longer: by then shares have been divided anew many times. */
export const MAX_RETRY_MS = 60_000

/**
 * @param waitMs how long at least, Infinity where nobody can tell
 * @param place the asker's place in a crowd, [0, 1), the same each time: up to a quarter later by it, so that those who are sent away together do not come back together
 * @returns whole milliseconds, from 1 to 75 s
 */
export function spreadRetryMs(waitMs: number, place: number): number {
  return Math.max(1, Math.ceil(Math.min(waitMs, MAX_RETRY_MS) * (1 + place / 4)))
}
