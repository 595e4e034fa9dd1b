/** Where edges read time. Cores never see one: they are handed `nowMs`. */
export interface Clock {
  /** Milliseconds since an origin of the clock's own; monotonic, so only differences mean anything. */
  nowMs(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Where edges draw chance: a number in [0, 1). Cores are handed the number. */
export type Random = () => number
