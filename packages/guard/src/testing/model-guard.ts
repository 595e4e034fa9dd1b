import {
  type AdaptiveOptions,
  adaptiveFactor,
  startAdaptive,
  stepAdaptive,
} from '../core/adaptive/adaptive-capacity.ts'
import { DEFAULT_METER_SHAPE, ResourceMeter } from '../core/adaptive/resource-meter.ts'
import type { RampOptions } from '../core/ramp/ramp-options.ts'
import { NEVER_RAMPED, type RampState, rampFactor } from '../core/ramp/ramp-state.ts'
import { stepRamp } from '../core/ramp/step-ramp.ts'

export interface ModelGuardOptions {
  readonly capacityPerSecond: number
  readonly adaptive: AdaptiveOptions
  readonly ramp: RampOptions
}

const LEVEL = 'interactive'

/** What one node makes of adaptive capacity and a ramp for one resource: capacity × one factor × the other, by windows of a second. */
export class ModelGuard {
  readonly #options: ModelGuardOptions
  readonly #meter: ResourceMeter
  #adaptive: ReturnType<typeof startAdaptive>
  #ramp: RampState

  constructor(options: ModelGuardOptions, nowMs: number, ramp: RampState = NEVER_RAMPED) {
    this.#options = options
    this.#meter = new ResourceMeter('shard-1', { ...DEFAULT_METER_SHAPE, levels: [LEVEL] }, nowMs)
    this.#adaptive = startAdaptive(options.adaptive, nowMs)
    this.#ramp = ramp
  }

  get ramp(): RampState {
    return this.#ramp
  }

  factor(nowMs: number): number {
    return adaptiveFactor(this.#adaptive, nowMs, this.#options.adaptive) * rampFactor(this.#ramp)
  }

  perSecond(nowMs: number): number {
    return this.#options.capacityPerSecond * this.factor(nowMs)
  }

  begin(nowMs: number): (reply: { ok: boolean; isHit: boolean; endsAtMs: number }) => void {
    const operation = this.#meter.begin(LEVEL, nowMs)
    return (reply) => this.#meter.end(operation, reply, reply.endsAtMs)
  }

  endSecond(nowMs: number, askedCount: number): void {
    const { capacityPerSecond, adaptive, ramp } = this.#options
    const window = this.#meter.close(nowMs, askedCount / this.perSecond(nowMs))
    const ofRamp = { ...window, usedRatio: askedCount / (capacityPerSecond * rampFactor(this.#ramp)) }
    this.#adaptive = stepAdaptive(this.#adaptive, window, adaptive)
    this.#ramp = stepRamp(this.#ramp, { kind: 'window', window: ofRamp }, { nowMs, options: ramp })
  }
}
