/**
 * A point in time by two clocks of one machine. The monotonic clock of a machine that stood still (a virtual one was
 * moved, a laptop slept) may have stood still too; the time of day may be set. Whichever went on further is believed.
 */
export interface Moment {
  readonly monotonicMs: number
  readonly systemMs: number
}

/** @returns milliseconds from one moment to another, never below 0 */
export function elapsedMs(from: Moment, to: Moment): number {
  return Math.max(0, to.monotonicMs - from.monotonicMs, to.systemMs - from.systemMs)
}
