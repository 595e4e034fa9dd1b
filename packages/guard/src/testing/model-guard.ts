import { DEFAULT_METER_SHAPE, ResourceMeter } from '../core/adaptive/resource-meter.ts'
import type { RampState } from '../core/ramp/ramp-state.ts'
import { type PaceOptions, ResourcePace } from '../core/ramp/resource-pace.ts'

export interface ModelGuardOptions extends PaceOptions {
  readonly capacityPerSecond: number
}

const LEVEL = 'interactive'
/** The ledger's clock is another one than the process's. */
const LEDGER_AHEAD_MS = 1_000_000

/** One node with one resource and one level, its whole capacity its own, and a window a second. */
export class ModelGuard {
  readonly #capacityPerSecond: number
  readonly #meter: ResourceMeter
  readonly #pace: ResourcePace

  constructor({ capacityPerSecond, ...options }: ModelGuardOptions, nowMs: number, ramp?: RampState) {
    this.#capacityPerSecond = capacityPerSecond
    this.#meter = new ResourceMeter('shard-1', { ...DEFAULT_METER_SHAPE, levels: [LEVEL] }, nowMs)
    this.#pace = new ResourcePace(options, nowMs, ramp)
  }

  static ledgerNowMs(nowMs: number): number {
    return nowMs + LEDGER_AHEAD_MS
  }

  get ramp(): RampState {
    return this.#pace.ramp
  }

  factor(nowMs: number): number {
    return this.#pace.factor(nowMs)
  }

  perSecond(nowMs: number): number {
    return this.#capacityPerSecond * this.factor(nowMs)
  }

  begin(nowMs: number): (reply: { ok: boolean; isHit: boolean; endsAtMs: number }) => void {
    const operation = this.#meter.begin(LEVEL, nowMs)
    return (reply) => this.#meter.end(operation, reply, reply.endsAtMs)
  }

  endSecond(nowMs: number, askedCount: number): void {
    const window = this.#meter.close(nowMs, askedCount / this.perSecond(nowMs))
    this.#pace.observe(window, { nowMs, ledgerNowMs: ModelGuard.ledgerNowMs(nowMs) })
  }
}
