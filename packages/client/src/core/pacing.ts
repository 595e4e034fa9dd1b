/** First wait after an error: long enough for a restart on the other side, short enough not to be noticed. DESIGN.md asks for 5 s to 5 min. */
export const FIRST_BACKOFF_MS = 5_000
/** Longest wait after errors. */
export const LONGEST_BACKOFF_MS = 300_000
/**
 * Shortest wait after a denial, half of it chance: a guard that says "at once" may say so again and again. Far below any
 * turn or lease term, so nobody loses by it, and at most two questions a second from one client.
 */
export const SHORTEST_DENIED_WAIT_MS = 1_000
/** Pages become smaller from this attempt without progress on (C5). */
export const SMALLER_PAGES_FROM_ATTEMPT = 3
/** No further attempt after this many without progress (C5). */
export const ATTEMPT_LIMIT = 5
/** Kept as the count of a first load that was given up, so that a restart does not begin it again. */
export const GIVEN_UP_COUNT = ATTEMPT_LIMIT + 1
/** Smallest page the SDK asks for: one ordinary mail. */
export const SMALLEST_PAGE_BYTES = 16_384

/**
 * When the next page may be asked for (C4). One page is in flight at a time, and the next one begins only when the rate
 * has paid for the last, so in any window of t seconds at most rate × t plus one page is drawn.
 *
 * @param page.startedAtMs when the last page was asked for
 * @param page.bytes what it brought, as the server counts
 * @param bytesPerSecond > 0
 */
export function nextPageAtMs(page: { startedAtMs: number; bytes: number }, bytesPerSecond: number): number {
  return page.startedAtMs + (page.bytes * 1000) / bytesPerSecond
}

/** The slower of what the lease allows and what the user does (C4). */
export function pacedRate(leasedBytesPerSecond: number, userBytesPerSecond: number | null): number {
  return Math.min(leasedBytesPerSecond, userBytesPerSecond ?? leasedBytesPerSecond)
}

/**
 * How many payload bytes to ask for at once: what the lease allows, halved for each failure in a row and for each
 * attempt without progress from the third on. More errors never ask for more.
 */
export function pageBytesFor(leasedPageBytes: number, failureCount: number, attemptCount: number): number {
  const halvings = failureCount + Math.max(0, attemptCount - SMALLER_PAGES_FROM_ATTEMPT + 1)
  return Math.min(leasedPageBytes, Math.max(SMALLEST_PAGE_BYTES, Math.floor(leasedPageBytes / 2 ** halvings)))
}

/**
 * How long to stay quiet after an error: doubles from 5 s to 5 min, and half of it is chance, so that a crowd that
 * failed together does not come back together (C6).
 *
 * @param failureCount errors in a row, 1 for the first
 * @param chance in [0, 1)
 */
export function backoffMs(failureCount: number, chance: number): number {
  return halfChance(Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.max(0, failureCount - 1)), chance)
}

/**
 * How long to wait after a denial: what it asks for, and never less than half a second to a second.
 *
 * @param chance in [0, 1)
 */
export function deniedWaitMs(retryAfterMs: number, chance: number): number {
  return Math.max(retryAfterMs, halfChance(SHORTEST_DENIED_WAIT_MS, chance))
}

function halfChance(longestMs: number, chance: number): number {
  return Math.round(longestMs / 2 + (chance * longestMs) / 2)
}
