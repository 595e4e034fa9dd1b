/** How many calls a caller may make: `burstCount` at once, `callsPerSecond` for ever. Both above 0. */
export interface CallRate {
  readonly callsPerSecond: number
  readonly burstCount: number
}

/**
 * A bucket of calls per caller, so that one whose script runs wild is the only one who waits. In any window of t seconds a
 * caller makes at most `callsPerSecond × t + burstCount` calls. What is refused costs nothing, and a clock that steps back
 * fills nothing.
 */
export class CallBudgets {
  readonly #rate: CallRate
  readonly #byCaller = new Map<string, { levelCount: number; filledAtMs: number }>()

  constructor(rate: CallRate) {
    this.#rate = rate
  }

  /**
   * Takes one call out of a caller's bucket, or nothing when there is none.
   *
   * @param caller one of few: each that ever called is remembered
   * @returns 0, or the milliseconds until one will be there
   */
  take(caller: string, nowMs: number): number {
    const { callsPerSecond, burstCount } = this.#rate
    const known = this.#byCaller.get(caller) ?? { levelCount: burstCount, filledAtMs: nowMs }
    const elapsedMs = Math.max(0, nowMs - known.filledAtMs)
    const levelCount = Math.min(burstCount, known.levelCount + (elapsedMs * callsPerSecond) / 1000)
    const isThere = levelCount >= 1
    this.#byCaller.set(caller, { levelCount: isThere ? levelCount - 1 : levelCount, filledAtMs: nowMs })
    return isThere ? 0 : Math.max(1, Math.ceil(((1 - levelCount) / callsPerSecond) * 1000))
  }
}
