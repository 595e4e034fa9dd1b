import type { AdaptiveOptions } from '../core/adaptive/adaptive-capacity.ts'
import type { HealthTargets } from '../core/adaptive/judge-window.ts'
import type { MeterShape } from '../core/adaptive/resource-meter.ts'

/**
 * What the host app promises of its storage, so that less is let through while it does not hold: the latency each level may
 * take, and defaults of {@link DEFAULT_ADAPTIVE_OPTIONS}, {@link DEFAULT_HEALTH_TARGETS} and {@link DEFAULT_METER_SHAPE} for the rest.
 */
export type GuardAdaptiveOptions = Pick<HealthTargets, 'latencyTargetMs'> &
  Partial<Omit<AdaptiveOptions, 'latencyTargetMs'>> &
  Partial<Omit<MeterShape, 'levels'>>
