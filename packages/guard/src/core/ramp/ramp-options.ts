import { checkedHealthTargets, DEFAULT_HEALTH_TARGETS, type HealthTargets } from '../adaptive/judge-window.ts'

export interface RampOptions extends HealthTargets {
  /** What is let in at first, of everything; in (0, 1). Default 0.05. */
  readonly probeFactor: number
  /** The least that trouble halves it to, in (0, probeFactor]. Default 0.01: at zero nothing would be seen to get better. */
  readonly leastFactor: number
  /**
   * Of the lookups, those that the cache answers when it is warm and everything is let in, in [0, 1), rather too low than
   * too high. The ramp then never lets more misses through to the storage than there are at that time. Null for a resource
   * without a cache. Default null.
   */
  readonly warmHitRatio: number | null
  /** Healthy windows in a row, from the probe to the ramp and, with everything let in, from the ramp to open; whole, from 1. Default 3. */
  readonly healthyWindowCount: number
  /** An older window says how the resource was, not how it is; milliseconds > 0. Default 10,000. */
  readonly staleAfterMs: number
}

export const DEFAULT_RAMP_OPTIONS = {
  ...DEFAULT_HEALTH_TARGETS,
  probeFactor: 0.05,
  leastFactor: 0.01,
  warmHitRatio: null,
  healthyWindowCount: 3,
  staleAfterMs: 10_000,
} as const

/** @throws RangeError for options out of their range */
export function checkedRampOptions(options: RampOptions): RampOptions {
  checkedHealthTargets(options)
  const { probeFactor, leastFactor, warmHitRatio, healthyWindowCount, staleAfterMs } = options
  const refuse = (what: string): never => {
    throw new RangeError(`Cannot ramp a resource: ${what}`)
  }
  if (!(probeFactor > 0 && probeFactor < 1)) refuse(`probeFactor must be between 0 and 1, got ${probeFactor}`)
  if (!(leastFactor > 0 && leastFactor <= probeFactor)) {
    refuse(`leastFactor must be above 0 and at most probeFactor ${probeFactor}, got ${leastFactor}`)
  }
  if (warmHitRatio !== null && !(warmHitRatio >= 0 && warmHitRatio < 1)) {
    refuse(`warmHitRatio must be from 0 to below 1, or null, got ${warmHitRatio}`)
  }
  if (!(Number.isSafeInteger(healthyWindowCount) && healthyWindowCount >= 1)) {
    refuse(`healthyWindowCount must be a whole number from 1, got ${healthyWindowCount}`)
  }
  if (!(staleAfterMs > 0)) refuse(`staleAfterMs must be above 0, got ${staleAfterMs}`)
  return options
}
