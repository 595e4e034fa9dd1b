import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import type { PaceFigures } from '../core/ramp/resource-pace.ts'
import type { ShareFigures } from '../core/shares/share-figures.ts'
import type { ResourcePaces } from './resource-paces.ts'
import type { RunningShares } from './run-shares.ts'

/**
 * How fast this node goes on its resources: its part of what they are declared to bear, times what they bear now. Each
 * factor can only lower it (G4). Looked at anew at each decision, because a node that stood still has to know at the first
 * one afterwards that its part ran out.
 */
export class ResourceRates {
  readonly #paces: ResourcePaces | null
  readonly #sharesNow: () => RunningShares | null | 'alone'

  /** @param sharesNow `alone` for a node that has its resources to itself; null for one of a fleet that has not begun, or has ended */
  constructor(paces: ResourcePaces | null, sharesNow: () => RunningShares | null | 'alone') {
    this.#paces = paces
    this.#sharesNow = sharesNow
  }

  /** Null for a node that has its resources to itself, and before it has begun. */
  shareFigures(): ShareFigures | null {
    const shares = this.#sharesNow()
    return shares === 'alone' ? null : (shares?.figures() ?? null)
  }

  /** Null where the host promised nothing of its storage. */
  paceFigures({ resourceId }: ResourceAdmission, nowMs: number): PaceFigures | null {
    return this.#paces?.figures(resourceId, nowMs) ?? null
  }

  /** Brings the rate of an admission up to now. */
  apply(admission: ResourceAdmission, nowMs: number): void {
    const { resourceId, capacityBytesPerSecond } = admission
    const factor = this.#paces?.factor(resourceId, nowMs) ?? 1
    const shares = this.#sharesNow()
    const part = shares === 'alone' ? capacityBytesPerSecond : (shares?.unitsPerSecond(resourceId, nowMs) ?? 0)
    const [unitsPerSecond, bearsUnitsPerSecond] = [part * factor, capacityBytesPerSecond * factor]
    if (unitsPerSecond === admission.unitsPerSecond && bearsUnitsPerSecond === admission.bearsUnitsPerSecond) return
    admission.setRate(unitsPerSecond, nowMs, bearsUnitsPerSecond)
  }
}
