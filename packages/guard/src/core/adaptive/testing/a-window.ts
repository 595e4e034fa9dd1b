import type { AdaptiveOptions } from '../adaptive-capacity.ts'
import { DEFAULT_ADAPTIVE_OPTIONS } from '../adaptive-capacity.ts'
import { DEFAULT_HEALTH_TARGETS } from '../judge-window.ts'
import type { LevelWindow, ObservationWindow } from '../observation-window.ts'

export const TARGET_MS = 100

export const OPTIONS: AdaptiveOptions = {
  ...DEFAULT_HEALTH_TARGETS,
  ...DEFAULT_ADAPTIVE_OPTIONS,
  latencyTargetMs: { interactive: TARGET_MS },
}

export function aLevel(overrides: Partial<LevelWindow> = {}): LevelWindow {
  const { latencyMs = 50 } = overrides
  return {
    level: 'interactive',
    count: 1000,
    errorCount: 0,
    timeoutCount: 0,
    hitCount: 0,
    missCount: 0,
    latencyMs,
    latencyAtLeastMs: latencyMs,
    ...overrides,
  }
}

/** A second of good health in which the limit was what limited. */
export function aWindow(
  endedAtMs: number,
  level: Partial<LevelWindow> = {},
  overrides: Partial<ObservationWindow> = {},
): ObservationWindow {
  return {
    resourceId: 'shard-1',
    startedAtMs: endedAtMs - 1000,
    endedAtMs,
    levels: [aLevel(level)],
    inFlightCount: 5,
    queuedRatio: null,
    usedRatio: 1,
    ...overrides,
  }
}
