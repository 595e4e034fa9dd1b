/** A percentile is told at most a tenth too high, and never too low. */
const BUCKET_RATIO = 1.1
const LEAST_MS = 0.1
const LONGEST_MS = 600_000
const BUCKET_COUNT = bucketOf(LONGEST_MS) + 1

/**
 * Latencies of one window, in buckets a tenth wider than the one before: 165 counters whatever is recorded, and one of them
 * is touched per latency. Below 0.1 ms and above 10 minutes everything falls into the first and the last.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKET_COUNT)
  #count = 0
  #longestMs = 0

  get count(): number {
    return this.#count
  }

  /** @param latencyMs what is not a number from 0 counts as the longest there is: a latency nobody can tell is no good one */
  record(latencyMs: number): void {
    const ms = latencyMs >= 0 ? Math.min(latencyMs, LONGEST_MS) : LONGEST_MS
    const bucket = bucketOf(ms)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count += 1
    this.#longestMs = Math.max(this.#longestMs, ms)
  }

  /**
   * The latency that `ratio` of those recorded do not exceed.
   *
   * @param ratio in (0, 1]: 0.99 for the 99th percentile
   * @returns milliseconds, never below the true percentile, at most a tenth above it; null when nothing was recorded
   */
  percentileMs(ratio: number): number | null {
    if (this.#count === 0) return null
    let left = Math.ceil(this.#count * ratio)
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return Math.min(topOfMs(bucket), this.#longestMs)
    }
    return this.#longestMs
  }

  clear(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#longestMs = 0
  }
}

function bucketOf(ms: number): number {
  return ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / Math.log(BUCKET_RATIO) - 1e-9)
}

function topOfMs(bucket: number): number {
  return LEAST_MS * BUCKET_RATIO ** bucket
}
