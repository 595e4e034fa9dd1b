import { type AdaptiveOptions, adaptiveFactor, startAdaptive, stepAdaptive } from '../adaptive/adaptive-capacity.ts'
import type { ObservationWindow } from '../adaptive/observation-window.ts'
import type { RampOptions } from './ramp-options.ts'
import { NEVER_RAMPED, type RampState, rampFactor } from './ramp-state.ts'
import { stepRamp } from './step-ramp.ts'

export interface PaceOptions {
  readonly adaptive: AdaptiveOptions
  readonly ramp: RampOptions
}

/** One moment on both clocks: the process's, which only ever goes forward, and the ledger's, which outlives the process. */
export interface Moment {
  readonly nowMs: number
  readonly ledgerNowMs: number
}

export interface PaceFigures {
  /** Of what the node may let through of the resource, what it does: the next two multiplied. */
  readonly factor: number
  readonly adaptiveFactor: number
  readonly adaptiveBecause: string
  readonly rampFactor: number
  readonly ramp: RampState
  /** Null before the first. */
  readonly window: ObservationWindow | null
}

/**
 * How fast one node goes on one resource, as its own windows and the resource's ramp say: a factor in [0, 1] of what it may
 * let through, which it can only lower.
 *
 * Adaptive capacity is the node's own and begins anew with it. The ramp is the resource's: whoever keeps it hands it in, and
 * keeps what comes out of it.
 */
export class ResourcePace {
  readonly #options: PaceOptions
  #adaptive: ReturnType<typeof startAdaptive>
  #ramp: RampState
  #window: ObservationWindow | null = null

  /** @throws RangeError for options of adaptive capacity out of their range */
  constructor(options: PaceOptions, nowMs: number, ramp: RampState = NEVER_RAMPED) {
    this.#options = options
    this.#adaptive = startAdaptive(options.adaptive, nowMs)
    this.#ramp = ramp
  }

  get ramp(): RampState {
    return this.#ramp
  }

  factor(nowMs: number): number {
    return adaptiveFactor(this.#adaptive, nowMs, this.#options.adaptive) * rampFactor(this.#ramp)
  }

  /** Takes a ramp's state as it is kept: another node's windows or an operator moved it. */
  adopt(ramp: RampState): void {
    this.#ramp = ramp
  }

  /**
   * One window later.
   *
   * @param window on the process's clock; its `usedRatio` is of what this pace allowed
   * @returns the ramp's state: whoever keeps it compares it with the one before
   */
  observe(window: ObservationWindow, { nowMs, ledgerNowMs }: Moment): RampState {
    const { adaptive, ramp } = this.#options
    // Where adaptive capacity is what limits, the ramp's factor was not tried.
    const heldBack = adaptiveFactor(this.#adaptive, nowMs, adaptive)
    const aheadMs = ledgerNowMs - nowMs
    const ofRamp: ObservationWindow = {
      ...window,
      startedAtMs: window.startedAtMs + aheadMs,
      endedAtMs: window.endedAtMs + aheadMs,
      usedRatio: window.usedRatio === null ? null : window.usedRatio * heldBack,
    }
    this.#adaptive = stepAdaptive(this.#adaptive, window, adaptive)
    this.#ramp = stepRamp(this.#ramp, { kind: 'window', window: ofRamp }, { nowMs: ledgerNowMs, options: ramp })
    this.#window = window
    return this.#ramp
  }

  figures(nowMs: number): PaceFigures {
    return {
      factor: this.factor(nowMs),
      adaptiveFactor: adaptiveFactor(this.#adaptive, nowMs, this.#options.adaptive),
      adaptiveBecause: this.#adaptive.because,
      rampFactor: rampFactor(this.#ramp),
      ramp: this.#ramp,
      window: this.#window,
    }
  }
}
