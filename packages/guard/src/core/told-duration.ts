import { MAX_DURATION_MS } from '@tidegate/protocol'

/**
 * The time between two moments as it is told to callers: whole milliseconds, 0 for what is over, and never longer than the
 * wire has room for. The moments may be of two clocks: beside a node whose machine takes the year for 1970, what another
 * one wrote down ends in half a century, and its answer must still be one that can be read.
 */
export function toldDurationMs(durationMs: number): number {
  return Math.min(MAX_DURATION_MS, Math.max(0, Math.floor(durationMs)))
}
