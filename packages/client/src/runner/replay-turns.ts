/**
 * Ordinary sync and a resync that compares or catches up read the same changes: within one tab they take turns, so that
 * neither brings what the other one is bringing. Ordinary sync that runs is let to its end; one that comes while a resync
 * reads waits until it rests, waits or fetches under its lease.
 */
export class ReplayTurns {
  readonly #syncs = new Set<Promise<unknown>>()
  #isResyncReading = false
  #waiting: (() => void)[] = []

  /** Told at each change of state. */
  resyncIs(reading: 'reading' | 'elsewhere'): void {
    this.#isResyncReading = reading === 'reading'
    if (this.#isResyncReading) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const goOn of waiting) goOn()
  }

  /** Runs ordinary sync when no resync reads. */
  async sync<T>(work: () => Promise<T>): Promise<T> {
    while (this.#isResyncReading) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const running = work()
    this.#syncs.add(running)
    try {
      return await running
    } finally {
      this.#syncs.delete(running)
    }
  }

  /**
   * For a step of a resync: waits until no ordinary sync runs.
   *
   * @returns whether there was one: what allowed the step may be over by then, and has to be asked anew (C2)
   * @throws the signal's reason when it aborts first
   */
  async awaitSyncs(signal: AbortSignal): Promise<boolean> {
    if (this.#syncs.size === 0) return false
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      void Promise.allSettled([...this.#syncs]).then(() => resolve())
    })
    return true
  }
}
