/**
 * The ledger's clock, as a node knows it between two readings: the node's own monotonic clock and what is to be added to
 * it. What one node writes down another one judges by: stages, turns and expiries are only as good as their clocks agree,
 * and of the ledger's there is one. A machine whose wall clock is wrong, or is set in the middle of a release, moves nobody's turn.
 */
export class LedgerClock {
  #offsetMs: number

  /** @param wallNowMs what the machine takes the time for, until the ledger has been asked */
  constructor(wallNowMs: number, monotonicMs: number) {
    this.#offsetMs = wallNowMs - monotonicMs
  }

  /**
   * The ledger read its clock at some time between question and answer. What is known already stays as it is where that
   * leaves it possible, so that a slow answer does not make the clock worse.
   *
   * @returns by how many milliseconds the clock was set forward; below zero, back
   */
  learn(reading: {
    readonly toldMs: number
    readonly askedAtMonotonicMs: number
    readonly heardAtMonotonicMs: number
  }): number {
    const { toldMs, askedAtMonotonicMs, heardAtMonotonicMs } = reading
    const before = this.#offsetMs
    this.#offsetMs = Math.min(Math.max(before, toldMs - heardAtMonotonicMs), toldMs - askedAtMonotonicMs)
    return this.#offsetMs - before
  }

  /** Whole milliseconds since 1970. */
  nowMs(monotonicMs: number): number {
    return Math.floor(monotonicMs + this.#offsetMs)
  }
}
