/** A bucket's size and how fast it fills. Both in bytes; `capacityBytes` > 0, `bytesPerSecond` > 0. */
export interface BucketShape {
  readonly capacityBytes: number
  readonly bytesPerSecond: number
}

/**
 * Bytes that may be drawn: what a reader reserves before it reads, and settles when it knows what it drew.
 *
 * In any window of t seconds at most `bytesPerSecond × t + capacityBytes` are settled as drawn, whether they are counted
 * when a read begins or when it ends, as long as nobody draws more than it reserved: level and reservations together
 * never exceed the capacity. Who does draw more leaves a debt, which the next readers wait for.
 *
 * A clock that steps back fills nothing.
 */
export class TokenBucket {
  #shape: BucketShape
  #levelBytes: number
  #reservedBytes = 0
  #filledAtMs: number

  /** @param levelBytes what may be drawn at once at `nowMs`, at most `shape.capacityBytes` */
  constructor(shape: BucketShape, levelBytes: number, nowMs: number) {
    this.#shape = shape
    this.#levelBytes = Math.min(levelBytes, shape.capacityBytes)
    this.#filledAtMs = nowMs
  }

  /** Negative while a debt is being paid. */
  levelBytes(nowMs: number): number {
    this.#fill(nowMs)
    return this.#levelBytes
  }

  /** Takes `bytes` out, or nothing and false when there are fewer. */
  tryReserve(bytes: number, nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#levelBytes < bytes) return false
    this.#levelBytes -= bytes
    this.#reservedBytes += bytes
    return true
  }

  /** Ends a reservation: what was not drawn goes back, what was drawn beyond it becomes a debt. */
  settle(reservedBytes: number, drawnBytes: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#reservedBytes -= reservedBytes
    this.#levelBytes = Math.min(this.#levelBytes + reservedBytes - drawnBytes, this.#ceilingBytes())
  }

  /** @returns milliseconds until `bytes` will be there if nobody else draws; 0 when they are */
  waitMs(bytes: number, nowMs: number): number {
    this.#fill(nowMs)
    return Math.max(0, Math.ceil(((bytes - this.#levelBytes) / this.#shape.bytesPerSecond) * 1000))
  }

  /** Goes on with another size and speed; what is in it stays, as far as it fits. */
  reshape(shape: BucketShape, nowMs: number): void {
    this.#fill(nowMs)
    this.#shape = shape
    this.#levelBytes = Math.min(this.#levelBytes, this.#ceilingBytes())
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    const filledBytes = this.#levelBytes + (elapsedMs * this.#shape.bytesPerSecond) / 1000
    this.#levelBytes = Math.min(filledBytes, Math.max(this.#levelBytes, this.#ceilingBytes()))
  }

  #ceilingBytes(): number {
    return this.#shape.capacityBytes - this.#reservedBytes
  }
}
