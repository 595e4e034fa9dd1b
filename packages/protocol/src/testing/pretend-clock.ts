import type { Clock } from '../clock.ts'

type Sleeper = { readonly dueAtMs: number; readonly wake: () => void }

/** A clock that stands still until a test moves it. Sleepers due together wake in the order they went to sleep. */
export class PretendClock implements Clock {
  #nowMs: number
  #sleepers: Sleeper[] = []

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const sleeper: Sleeper = {
        dueAtMs: this.#nowMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      const giveUp = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#sleepers.push(sleeper)
    })
  }

  /** How many sleepers wait: what a test looks at to know that everybody has settled. */
  get sleeperCount(): number {
    return this.#sleepers.length
  }

  /**
   * Moves time on and wakes whoever is due, one after another, each at its own time; what they go on to do, further
   * sleeps included, happens before the next one wakes.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await settled()
      const due = this.#sleepers.filter((sleeper) => sleeper.dueAtMs <= untilMs)
      const next = due.reduce<Sleeper | undefined>(
        (first, each) => (!first || each.dueAtMs < first.dueAtMs ? each : first),
        undefined,
      )
      if (!next) break
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next)
      this.#nowMs = Math.max(this.#nowMs, next.dueAtMs)
      next.wake()
    }
    this.#nowMs = untilMs
  }

  /** Puts the clock at any time, earlier ones included, and wakes nobody: what a stepped wall clock does. */
  step(toMs: number): void {
    this.#nowMs = toMs
  }
}

/** Lets promise callbacks that are ready run, those they make ready too. A macrotask begins only after all of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
