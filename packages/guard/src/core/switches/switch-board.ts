import type { SwitchRecord } from './switch-record.ts'

/** What is about to draw on a lease. */
export interface Drawing {
  readonly resourceId: string
  readonly clientClass: string
}

/** One switch that slows a drawing down, with everything else that it is about. */
export interface Throttle {
  readonly switchNo: number
  /** In [0, 1). */
  readonly toRatio: number
}

/** A service that is taken off: what people are told, and how long at most. */
export interface Shed {
  readonly text: string
  readonly endsInMs: number
}

/**
 * What operators have switched, at a moment on the ledger's clock. Of several switches about the same the strictest holds.
 * None works at or after its end, and none lets more through than there would be without it, so a node that lost its
 * ledger goes by what it last knew.
 */
export class SwitchBoard {
  readonly #records: readonly SwitchRecord[]

  /** @param records those that nobody lifted, by rising number; ones whose end has come have no effect */
  constructor(records: readonly SwitchRecord[]) {
    this.#records = records
  }

  /** Those that have not ended, by rising number. */
  inForce(nowMs: number): readonly SwitchRecord[] {
    return this.#records.filter(({ endsAtMs }) => nowMs < endsAtMs)
  }

  /** Every throttle that a drawing is subject to: what each is about draws at most its share together. */
  throttlesOf({ resourceId, clientClass }: Drawing, nowMs: number): readonly Throttle[] {
    const found: Throttle[] = []
    for (const { switchNo, effect, endsAtMs } of this.#records) {
      if (effect.kind !== 'throttle' || nowMs >= endsAtMs) continue
      // A condition that the switch does not give is met by everything.
      const isMeant =
        (effect.clientClass ?? clientClass) === clientClass && (effect.resourceId ?? resourceId) === resourceId
      if (isMeant) found.push({ switchNo, toRatio: effect.toRatio })
    }
    return found
  }

  /** @returns the strictest share of its resource's rate that a drawing is subject to, in [0, 1]; 1 when nothing is throttled */
  factorFor(drawing: Drawing, nowMs: number): number {
    return Math.min(1, ...this.throttlesOf(drawing, nowMs).map(({ toRatio }) => toRatio))
  }

  /** Until when nothing of the cause is in force; 0 when nobody paused it. */
  pausedUntilMs(causeId: string): number {
    let untilMs = 0
    for (const { effect, endsAtMs } of this.#records) {
      if (effect.kind === 'pause' && effect.causeId === causeId) untilMs = Math.max(untilMs, endsAtMs)
    }
    return untilMs
  }

  isPaused(causeId: string, nowMs: number): boolean {
    return nowMs < this.pausedUntilMs(causeId)
  }

  /** Of several, the one that ends last; null when the service is not taken off. */
  shedOf(service: string, nowMs: number): Shed | null {
    let shed: Shed | null = null
    for (const { effect, endsAtMs } of this.#records) {
      if (effect.kind !== 'shed' || effect.service !== service || nowMs >= endsAtMs) continue
      const endsInMs = endsAtMs - nowMs
      if (shed === null || endsInMs >= shed.endsInMs) shed = { text: effect.text, endsInMs }
    }
    return shed
  }

  /** The newest order to open a resource step by step; null when there is none. Another one begins anew. */
  rampOf(resourceId: string, nowMs: number): SwitchRecord | null {
    let newest: SwitchRecord | null = null
    for (const record of this.#records) {
      const { effect, endsAtMs } = record
      if (effect.kind === 'ramp' && effect.resourceId === resourceId && nowMs < endsAtMs) newest = record
    }
    return newest
  }
}
