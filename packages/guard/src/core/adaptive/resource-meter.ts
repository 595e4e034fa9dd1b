import { LatencyHistogram } from './latency-histogram.ts'
import type { LevelWindow, ObservationWindow } from './observation-window.ts'

/** How a piece of storage work ended. */
export interface Outcome {
  /** Whether the storage did its work: "there is no such mail" is an answer, a refused connection is not. */
  readonly ok: boolean
  /** Whether the cache had it; left out where there is none. */
  readonly isHit?: boolean
  /** Of its time, what it waited in a queue of the host's own (a connection pool's, say); from 0. */
  readonly queuedMs?: number
}

/** Work that has begun. Only {@link ResourceMeter} reads it. */
export interface Operation {
  readonly level: string
  readonly startedAtMs: number
}

export interface MeterShape {
  /** The names of the levels, at least one. */
  readonly levels: readonly string[]
  /** From here on work has failed, whether it ends or not, milliseconds > 0. Default 10,000. */
  readonly timeoutMs: number
  /** How long a window lasts, milliseconds > 0. Default 1,000. */
  readonly windowMs: number
  /** So many operations make a window worth closing, ended or under way; with fewer it lasts up to five times as long. Default 20. */
  readonly minCount: number
}

export const DEFAULT_METER_SHAPE = { timeoutMs: 10_000, windowMs: 1000, minCount: 20 } as const

/** More than any one process has under way; a host that forgets to end its work fills it, and is told of timeouts. */
const MAX_OPEN = 100_000
const PERCENTILE = 0.99
const LONGEST_WINDOWS = 5

/**
 * Collects what the host app's own work on one resource sees, and makes windows of it.
 *
 * Work that hangs never says so. So what was under way during a whole window counts in it, as slow as it is by then, and
 * what passes the timeout counts as failed without being waited for. Each observation costs the same however many there are.
 */
export class ResourceMeter {
  readonly resourceId: string
  readonly #shape: MeterShape
  readonly #levels: ReadonlyMap<string, LevelTally>
  /** In the order they began, so that the oldest come first. */
  readonly #open = new Set<Operation>()
  #startedAtMs: number
  #queuedMs = 0
  #tookMs = 0
  #isQueueingTold = false

  /** @throws RangeError without levels, or with a number that is not above 0 */
  constructor(resourceId: string, shape: MeterShape, nowMs: number) {
    const { levels, timeoutMs, windowMs, minCount } = shape
    if (levels.length === 0)
      throw new RangeError(`Cannot meter ${resourceId}: at least one level is required, got none`)
    for (const [name, value] of Object.entries({ timeoutMs, windowMs, minCount })) {
      if (!(value > 0)) throw new RangeError(`Cannot meter ${resourceId}: ${name} must be above 0, got ${value}`)
    }
    this.resourceId = resourceId
    this.#shape = shape
    this.#levels = new Map(levels.map((level) => [level, new LevelTally()]))
    this.#startedAtMs = nowMs
  }

  /** @throws RangeError for a level that was not declared */
  begin(level: string, nowMs: number): Operation {
    this.#tallyOf(level)
    const operation = { level, startedAtMs: nowMs }
    if (this.#open.size >= MAX_OPEN) this.#giveUpOldest(nowMs)
    this.#open.add(operation)
    return operation
  }

  /** Nothing was asked of the storage after all. */
  cancel(operation: Operation): void {
    this.#open.delete(operation)
  }

  /** A second end, and one after the timeout, change nothing: that work has been counted. */
  end(operation: Operation, { ok, isHit, queuedMs }: Outcome, nowMs: number): void {
    if (!this.#open.delete(operation)) return
    const latencyMs = Math.max(0, nowMs - operation.startedAtMs)
    this.#tallyOf(operation.level).add(latencyMs, { isOk: ok, isTimeout: latencyMs >= this.#shape.timeoutMs, isHit })
    this.#tookMs += latencyMs
    if (queuedMs === undefined) return
    this.#isQueueingTold = true
    // Who claims to have waited longer than it took waited all the time.
    this.#queuedMs += queuedMs >= 0 ? Math.min(queuedMs, latencyMs) : latencyMs
  }

  /** When the window that is open began: what the caller counts of the limit's use is counted from there. */
  get startedAtMs(): number {
    return this.#startedAtMs
  }

  /** Whether the window is long enough and has enough in it, or is as long as it may be. */
  isDue(nowMs: number): boolean {
    const { windowMs, minCount } = this.#shape
    const lastedMs = nowMs - this.#startedAtMs
    return (
      lastedMs >= windowMs * LONGEST_WINDOWS || (lastedMs >= windowMs && this.#endedCount + this.#open.size >= minCount)
    )
  }

  /**
   * Ends the window and begins the next.
   *
   * @param usedRatio of what the resource's limit allowed during the window, what was used; null when nobody knows
   */
  close(nowMs: number, usedRatio: number | null): ObservationWindow {
    for (const operation of this.#open) {
      // Who began during the window may still be quick.
      if (operation.startedAtMs >= this.#startedAtMs) break
      const ageMs = nowMs - operation.startedAtMs
      if (ageMs >= this.#shape.timeoutMs) this.#open.delete(operation)
      this.#tallyOf(operation.level).add(ageMs, {
        isOk: true,
        isTimeout: ageMs >= this.#shape.timeoutMs,
        isHit: undefined,
      })
    }
    const window: ObservationWindow = {
      resourceId: this.resourceId,
      startedAtMs: this.#startedAtMs,
      endedAtMs: nowMs,
      levels: [...this.#levels].map(([level, tally]) => tally.take(level)),
      inFlightCount: this.#open.size,
      queuedRatio: this.#isQueueingTold && this.#tookMs > 0 ? this.#queuedMs / this.#tookMs : null,
      usedRatio,
    }
    this.#startedAtMs = nowMs
    this.#queuedMs = 0
    this.#tookMs = 0
    this.#isQueueingTold = false
    return window
  }

  get #endedCount(): number {
    let count = 0
    for (const { latencies } of this.#levels.values()) count += latencies.count
    return count
  }

  #giveUpOldest(nowMs: number): void {
    const [oldest] = this.#open
    if (oldest === undefined) return
    this.#open.delete(oldest)
    this.#tallyOf(oldest.level).add(nowMs - oldest.startedAtMs, { isOk: false, isTimeout: true, isHit: undefined })
  }

  #tallyOf(level: string): LevelTally {
    const tally = this.#levels.get(level)
    if (tally) return tally
    const known = [...this.#levels.keys()].join(', ')
    throw new RangeError(`Cannot meter work on ${this.resourceId}: its level must be one of ${known}, got ${level}`)
  }
}

class LevelTally {
  readonly latencies = new LatencyHistogram()
  #errorCount = 0
  #timeoutCount = 0
  #hitCount = 0
  #missCount = 0

  add(latencyMs: number, end: { isOk: boolean; isTimeout: boolean; isHit: boolean | undefined }): void {
    this.latencies.record(latencyMs)
    if (end.isTimeout) this.#timeoutCount += 1
    if (end.isTimeout || !end.isOk) this.#errorCount += 1
    if (end.isHit === true) this.#hitCount += 1
    if (end.isHit === false) this.#missCount += 1
  }

  take(level: string): LevelWindow {
    const window: LevelWindow = {
      level,
      count: this.latencies.count,
      errorCount: this.#errorCount,
      timeoutCount: this.#timeoutCount,
      hitCount: this.#hitCount,
      missCount: this.#missCount,
      latencyMs: this.latencies.percentileMs(PERCENTILE),
      latencyAtLeastMs: this.latencies.percentileMs(surePercentile(this.latencies.count)),
    }
    this.latencies.clear()
    this.#errorCount = 0
    this.#timeoutCount = 0
    this.#hitCount = 0
    this.#missCount = 0
    return window
  }
}

/**
 * So many may be beyond the 99th percentile by chance alone: one in a hundred, and two standard deviations of that count.
 * Only what is left says for sure how high it is: the 97th of 100, the 98.8th of 10,000.
 */
function surePercentile(count: number): number {
  const expected = count * (1 - PERCENTILE)
  return count === 0 ? PERCENTILE : Math.max(0.5, 1 - (expected + 2 * Math.sqrt(expected)) / count)
}
