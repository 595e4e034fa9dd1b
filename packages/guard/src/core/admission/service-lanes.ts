/** Booked a little longer than the work takes at full speed, so that whoever comes at its time finds the one before gone. */
const SLACK = 1.03

/** Work that a lane is kept for. */
export interface Booking {
  readonly lane: number
  units: number
}

/**
 * When whoever asks now will be served, worked out as a queue before so many counters: each takes the counter that is
 * free first, for as long as its work takes there. A large piece of work keeps one counter busy and the others go on, so
 * it neither starves nor blocks. Finish times are counted in the units that a counter has served, a virtual time that
 * stands still with the resource, so a rate that changes moves everybody's time and nobody's turn.
 */
export class ServiceLanes {
  readonly #finishUnits: Float64Array
  #servedUnits = 0
  #unitsPerSecond = 0
  #advancedAtMs: number

  constructor(laneCount: number, nowMs: number) {
    this.#finishUnits = new Float64Array(laneCount)
    this.#advancedAtMs = nowMs
  }

  /** @param unitsPerSecond what all lanes together serve from now on, >= 0 */
  advance(unitsPerSecond: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#advancedAtMs)
    this.#servedUnits += (elapsedMs * this.#unitsPerSecond) / 1000
    this.#advancedAtMs = nowMs
    this.#unitsPerSecond = unitsPerSecond / this.#finishUnits.length
  }

  /** Books work on the lane that is free first, from then on but not before `afterMs`. */
  book(units: number, afterMs = 0): Booking {
    const booking = { lane: this.#firstFree(), units: 0 }
    const startUnits = this.#servedUnits + (afterMs * this.#unitsPerSecond) / 1000
    this.#finishUnits[booking.lane] = Math.max(this.#finishUnits[booking.lane] ?? 0, startUnits)
    this.change(booking, units)
    return booking
  }

  /** Makes a booking longer, or gives back what was not needed of it. */
  change(booking: Booking, units: number): void {
    const finishUnits = Math.max(this.#finishUnits[booking.lane] ?? 0, this.#servedUnits)
    const changed = finishUnits + (units - booking.units) * SLACK
    this.#finishUnits[booking.lane] = Math.max(changed, this.#servedUnits)
    booking.units = units
  }

  /** @returns milliseconds until a lane is free, 0 when one is; Infinity when nothing is served */
  waitMs(): number {
    const units = (this.#finishUnits[this.#firstFree()] ?? 0) - this.#servedUnits
    return units <= 0 ? 0 : (units / this.#unitsPerSecond) * 1000
  }

  #firstFree(): number {
    let first = 0
    for (let lane = 1; lane < this.#finishUnits.length; lane++) {
      if ((this.#finishUnits[lane] ?? 0) < (this.#finishUnits[first] ?? 0)) first = lane
    }
    return first
  }
}
