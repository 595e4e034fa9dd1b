/** For how long a node's share of a capacity is promised: long enough for three renewals, short enough that a dead node's share is soon somebody else's. */
export const SHARE_TERM_MS = 10_000

/**
 * For how long a node that cannot reach the store goes on with its safe share, and so for how long the slot of a node that
 * died stays empty. A PostgreSQL fails over within two minutes; see apps/docs/decisions/0024-shares-of-a-fleet.md.
 */
export const SAFE_TERM_MS = 300_000

/** What all nodes together may draw with the store gone, of the whole, unless the host says otherwise. In (0, 1]. */
export const DEFAULT_SAFE_RATIO = 0.2

/** How much too fast or too slow any clock may run: a hundred times what a quartz does. */
const CLOCK_DRIFT_RATIO = 0.01

/**
 * The most by which one exchange moves the store's book on. A store's clock that is set forward then ends no share by more
 * than this too early; a book that nobody asked for a while ends them later.
 */
export const MAX_BOOK_GAP_MS = 1_500

/** Pages that were begun before a share ended are read by then. */
export const DRAIN_MS = 500

/** Nobody waits longer for the store. What it answers later still counts, from when it was asked. */
export const STORE_DEADLINE_MS = 50

/** The store sees a node at most this often. */
export const MIN_ASK_GAP_MS = 1_000

/** A share that is as it should be is renewed at a quarter of its term. */
export const RENEW_MS = SHARE_TERM_MS / 4

/**
 * For how long a node may use what was promised for `termMs`, by its own clocks, counted from when it asked. The promise
 * counts from when the store answered, by a clock that may run fast and may be set forward once in each share term, and
 * pages under way take a while. With a drift of r on both sides, (1 - 2r) / (1 - r) <= 1 / (1 + r).
 */
export function usableMs(termMs: number): number {
  const stepsMs = Math.ceil(termMs / SHARE_TERM_MS) * MAX_BOOK_GAP_MS
  return termMs * (1 - 2 * CLOCK_DRIFT_RATIO) - stepsMs - DRAIN_MS
}
