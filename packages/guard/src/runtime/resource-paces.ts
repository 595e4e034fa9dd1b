import type { Clock, ResourceId } from '@tidegate/protocol'
import { DEFAULT_ADAPTIVE_OPTIONS } from '../core/adaptive/adaptive-capacity.ts'
import { DEFAULT_HEALTH_TARGETS } from '../core/adaptive/judge-window.ts'
import type { Outcome } from '../core/adaptive/resource-meter.ts'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import { DEFAULT_RAMP_OPTIONS } from '../core/ramp/ramp-options.ts'
import { type PaceFigures, ResourcePace } from '../core/ramp/resource-pace.ts'
import type { GuardAdaptiveOptions } from './adaptive-options.ts'
import { type Meter, meter } from './meter.ts'

/** What was drawn and what might have been, up to the beginning of a window. */
interface Mark {
  readonly drawnUnits: number
  readonly atMs: number
}

/** How fast each resource goes, by what the host app's own work sees of it. */
export class ResourcePaces {
  readonly #meter: Meter
  readonly #paces: ReadonlyMap<ResourceId, ResourcePace>
  readonly #admissions: ReadonlyMap<string, ResourceAdmission>
  readonly #marks = new Map<string, Mark>()
  readonly #firstLevel: string
  readonly #clock: Clock

  /** @throws RangeError for options out of their range */
  constructor(
    options: GuardAdaptiveOptions,
    of: {
      readonly admissions: readonly ResourceAdmission[]
      readonly levels: readonly string[]
      readonly clock: Clock
    },
  ) {
    const { admissions, levels, clock } = of
    const unknown = Object.keys(options.latencyTargetMs).find((name) => !levels.includes(name))
    if (unknown !== undefined) {
      throw new RangeError(
        `Cannot adapt: latencyTargetMs names ${unknown}, which is none of the levels ${levels.join(', ')}`,
      )
    }
    const targets = { ...DEFAULT_HEALTH_TARGETS, ...options }
    const pace = {
      adaptive: { ...DEFAULT_ADAPTIVE_OPTIONS, ...targets },
      ramp: { ...DEFAULT_RAMP_OPTIONS, ...targets },
    }
    this.#clock = clock
    this.#firstLevel = levels[0] ?? ''
    this.#admissions = new Map(admissions.map((admission) => [admission.resourceId, admission]))
    this.#paces = new Map(admissions.map(({ resourceId }) => [resourceId, new ResourcePace(pace, clock.nowMs())]))
    this.#meter = meter({ ...options, resourceIds: [...this.#admissions.keys()], levels, clock })
  }

  /** @param level default: the first one */
  begin(resourceId: ResourceId, level = this.#firstLevel): (outcome: Outcome | null) => void {
    return this.#meter.begin(resourceId, level)
  }

  /** Of what the resource is declared to bear, what it bears now. */
  factor(resourceId: ResourceId, nowMs: number): number {
    return this.#paces.get(resourceId)?.factor(nowMs) ?? 1
  }

  figures(resourceId: ResourceId, nowMs: number): PaceFigures | null {
    return this.#paces.get(resourceId)?.figures(nowMs) ?? null
  }

  /** Judges the windows that are due. */
  observe(ledgerNowMs: number): void {
    const nowMs = this.#clock.nowMs()
    for (const window of this.#meter.takeDue((resourceId) => this.#usedRatio(resourceId, nowMs))) {
      const admission = this.#admissions.get(window.resourceId)
      if (!admission) continue
      this.#marks.set(window.resourceId, { drawnUnits: admission.drawnUnits(nowMs), atMs: nowMs })
      this.#paces.get(admission.resourceId)?.observe(window, { nowMs, ledgerNowMs })
    }
  }

  /** Null for the first window: of what came before it nobody knows. */
  #usedRatio(resourceId: string, nowMs: number): number | null {
    const admission = this.#admissions.get(resourceId)
    const mark = this.#marks.get(resourceId)
    if (!admission || !mark || nowMs <= mark.atMs) return null
    const allowedUnits = (admission.unitsPerSecond * (nowMs - mark.atMs)) / 1000
    return allowedUnits === 0 ? null : (admission.drawnUnits(nowMs) - mark.drawnUnits) / allowedUnits
  }
}
