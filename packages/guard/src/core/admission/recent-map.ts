/**
 * Remembers what was looked at lately, and forgets the rest without ever walking over it: what is looked at moves into
 * the young half, and a turn throws the old half away. An entry lasts at least `keepMs` and at most twice that after it
 * was last looked at; with more than `maxCount` in the young half it turns at once, so there are never more than twice as many.
 */
export class RecentMap<Value> {
  readonly #keepMs: number
  readonly #maxCount: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #turnedAtMs: number

  constructor(keepMs: number, maxCount: number, nowMs: number) {
    this.#keepMs = keepMs
    this.#maxCount = maxCount
    this.#turnedAtMs = nowMs
  }

  count(nowMs: number): number {
    this.#turn(nowMs)
    return this.#young.size + this.#old.size
  }

  get(key: string, nowMs: number): Value | undefined {
    this.#turn(nowMs)
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.#young.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    this.#old.delete(key)
    this.#young.set(key, value)
  }

  #turn(nowMs: number): void {
    const sinceMs = nowMs - this.#turnedAtMs
    if (sinceMs < this.#keepMs && this.#young.size < this.#maxCount) return
    this.#old = sinceMs < 2 * this.#keepMs ? this.#young : new Map()
    this.#young = new Map()
    this.#turnedAtMs = nowMs
  }
}
