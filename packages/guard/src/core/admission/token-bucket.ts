/** A bucket's size and how fast it fills. In cost units, of which a payload byte is one; both >= 0, and 0 lets nothing through. */
export interface BucketShape {
  readonly capacityUnits: number
  readonly unitsPerSecond: number
}

/**
 * Units that may be drawn: what a reader reserves before it reads, and settles when it knows what it drew.
 *
 * In any window of t seconds at most `unitsPerSecond × t + capacityUnits` are settled as drawn, whether they are counted
 * when a read begins or when it ends, as long as nobody draws more than it reserved: level and reservations together
 * never exceed the capacity. Who does draw more leaves a debt, which the next readers wait for.
 *
 * A clock that steps back fills nothing.
 */
export class TokenBucket {
  #shape: BucketShape
  #levelUnits: number
  #reservedUnits = 0
  #filledAtMs: number

  /** @param levelUnits what may be drawn at once at `nowMs`, at most `shape.capacityUnits` */
  constructor(shape: BucketShape, levelUnits: number, nowMs: number) {
    this.#shape = shape
    this.#levelUnits = Math.min(levelUnits, shape.capacityUnits)
    this.#filledAtMs = nowMs
  }

  /** Negative while a debt is being paid. */
  levelUnits(nowMs: number): number {
    this.#fill(nowMs)
    return this.#levelUnits
  }

  /** Takes `units` out, or nothing and false when there are fewer. */
  tryReserve(units: number, nowMs: number): boolean {
    this.#fill(nowMs)
    if (this.#levelUnits < units) return false
    this.#levelUnits -= units
    this.#reservedUnits += units
    return true
  }

  /** Ends a reservation: what was not drawn goes back, what was drawn beyond it becomes a debt. */
  settle(reservedUnits: number, drawnUnits: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#reservedUnits -= reservedUnits
    this.#levelUnits = Math.min(this.#levelUnits + reservedUnits - drawnUnits, this.#ceilingUnits())
  }

  /** @returns milliseconds until `units` will be there if nobody else draws; 0 when they are, Infinity where nothing flows */
  waitMs(units: number, nowMs: number): number {
    this.#fill(nowMs)
    if (this.#levelUnits >= units) return 0
    return Math.ceil(((units - this.#levelUnits) / this.#shape.unitsPerSecond) * 1000)
  }

  /** Goes on with another size and speed; what is in it stays, as far as it fits. */
  reshape(shape: BucketShape, nowMs: number): void {
    this.#fill(nowMs)
    this.#shape = shape
    this.#levelUnits = Math.min(this.#levelUnits, this.#ceilingUnits())
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    const filledUnits = this.#levelUnits + (elapsedMs * this.#shape.unitsPerSecond) / 1000
    this.#levelUnits = Math.min(filledUnits, Math.max(this.#levelUnits, this.#ceilingUnits()))
  }

  #ceilingUnits(): number {
    return this.#shape.capacityUnits - this.#reservedUnits
  }
}
