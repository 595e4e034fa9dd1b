import type { Random } from '@tidegate/protocol'

export interface StorageModelOptions {
  /** How many requests it works on at once: the knee. Beyond it they queue, first come first served. */
  readonly serverCount: number
  /** What a request takes that the cache answers, milliseconds; the mean of it where times are exponential. */
  readonly hitMs: number
  readonly times: 'constant' | 'exponential'
  /** How many times as long one takes that the cache does not; 1 where there is no cache to speak of. */
  readonly missCost: number
  /** Whoever asked gives up after so long; the storage does the work all the same, and nobody fills the cache with it. */
  readonly timeoutMs: number
  /** Keys that repeat, the n-th asked for about 1/n as often as the first. */
  readonly keyCount: number
  /** Of the requests, those for a key that never comes again, 0..1: what a warm cache misses too. */
  readonly uncachedRatio: number
  readonly random: Random
}

/** How a request went, as whoever asked saw it. */
export interface StorageReply {
  readonly askedAtMs: number
  readonly endsAtMs: number
  readonly latencyMs: number
  readonly ok: boolean
  readonly isHit: boolean
}

/**
 * A storage with a knee and a cache, for simulations: so many servers, one queue, and a cache that only answers in time fill.
 * Requests are asked in order of time, and each is told at once how it will go: with one queue nothing later can change it.
 */
export class StorageModel {
  readonly #options: StorageModelOptions
  readonly #freeAtMs: Float64Array
  /** From when on each key is in the cache. */
  readonly #cachedFromMs: Float64Array
  #slowness = 1

  constructor(options: StorageModelOptions) {
    this.#options = options
    this.#freeAtMs = new Float64Array(options.serverCount)
    this.#cachedFromMs = new Float64Array(options.keyCount).fill(Number.POSITIVE_INFINITY)
  }

  /** Everything takes `factor` times as long from now on; 1 is healthy. */
  slowDown(factor: number): void {
    this.#slowness = factor
  }

  /** As if its nodes had died. */
  loseCache(): void {
    this.#cachedFromMs.fill(Number.POSITIVE_INFINITY)
  }

  /** As if everything that repeats had been asked for. */
  warm(nowMs: number): void {
    this.#cachedFromMs.fill(nowMs)
  }

  request(nowMs: number): StorageReply {
    const { hitMs, missCost, timeoutMs, times, random } = this.#options
    const key = this.#nextKey()
    const server = this.#nextServer()
    const beginsAtMs = Math.max(nowMs, this.#freeAtMs[server] ?? 0)
    const isHit = key !== null && (this.#cachedFromMs[key] ?? Number.POSITIVE_INFINITY) <= beginsAtMs
    const spread = times === 'constant' ? 1 : -Math.log(1 - random())
    const endsAtMs = beginsAtMs + hitMs * (isHit ? 1 : missCost) * this.#slowness * spread
    this.#freeAtMs[server] = endsAtMs
    const ok = endsAtMs - nowMs <= timeoutMs
    if (ok && key !== null) this.#cachedFromMs[key] = Math.min(this.#cachedFromMs[key] ?? endsAtMs, endsAtMs)
    const seenAtMs = ok ? endsAtMs : nowMs + timeoutMs
    return { askedAtMs: nowMs, endsAtMs: seenAtMs, latencyMs: seenAtMs - nowMs, ok, isHit }
  }

  #nextKey(): number | null {
    const { keyCount, uncachedRatio, random } = this.#options
    return random() < uncachedRatio ? null : Math.floor(keyCount ** random()) - 1
  }

  #nextServer(): number {
    let first = 0
    for (let server = 1; server < this.#freeAtMs.length; server++) {
      if ((this.#freeAtMs[server] ?? 0) < (this.#freeAtMs[first] ?? 0)) first = server
    }
    return first
  }
}
