import { judgeWindow } from '../adaptive/judge-window.ts'
import { hitRatioOf, type ObservationWindow } from '../adaptive/observation-window.ts'
import { percentText } from '../figures.ts'
import type { RampOptions } from './ramp-options.ts'
import type { RunningRamp } from './ramp-state.ts'

/** What a window says to a ramp, and why. */
export interface RampFinding {
  readonly kind: 'healthy' | 'amber' | 'red' | 'inconclusive'
  readonly because: string
}

export const RAMP_GROWTH = 1.25
/** Twice the misses that a warm cache leaves: it was lost again, whatever the latency says by then. */
const LOST_CACHE_RATIO = 2
/** What was never asked for is not proven: no more than twice as much is let in as was used in good health. */
const MOST_PER_USED = 2

/**
 * What a window says about a ramp that stands at `factor`. Only figures from after its last change, of load that was really
 * there, let it grow; whatever is unknown or contradicts itself is inconclusive (G6).
 *
 * Hit rate is judged by misses. With the cache warm and everything let in, `1 - warmHitRatio` of all requests reach the
 * storage; at a factor they are `factor × (1 - hit rate)`. As long as these never exceed those, the cache fills without the
 * storage ever seeing more than it does every day, whatever a miss costs.
 */
export function judgeRamp(
  window: ObservationWindow,
  { factor, isGrown, changedAtMs }: Pick<RunningRamp, 'factor' | 'isGrown' | 'changedAtMs'>,
  { nowMs, options }: { nowMs: number; options: RampOptions },
): RampFinding {
  const inconclusive = (because: string): RampFinding => ({ kind: 'inconclusive', because })
  const ageMs = nowMs - window.endedAtMs
  if (!(ageMs >= 0 && ageMs <= options.staleAfterMs)) return inconclusive('The figures are not from now.')
  const health = judgeWindow(window, options)
  const isBefore = window.startedAtMs < changedAtMs
  // What was let in more may be what went wrong; what was let in less takes a while to show.
  if (health.kind === 'red' && !(isBefore && !isGrown)) return { kind: 'red', because: health.because }
  if (isBefore) return inconclusive('The figures began before the last change.')
  if (health.kind === 'inconclusive') return inconclusive(health.because)
  const { usedRatio } = window
  if (usedRatio === null) return inconclusive('Nobody knows how much of what it may let in was used.')
  const next = Math.min(1, factor * RAMP_GROWTH)
  const cache = judgeCache(window, { factor, next, options })
  if (cache !== null) return cache
  if (health.kind === 'amber') return { kind: 'amber', because: health.because }
  if (next > factor && next > MOST_PER_USED * usedRatio * factor) {
    return inconclusive(`Only ${percentText(usedRatio)} of what it may let in was used.`)
  }
  return { kind: 'healthy', because: health.because }
}

function judgeCache(
  window: ObservationWindow,
  { factor, next, options }: { factor: number; next: number; options: RampOptions },
): RampFinding | null {
  if (options.warmHitRatio === null) return null
  const hitRatio = hitRatioOf(window)
  if (hitRatio === null) return { kind: 'inconclusive', because: 'Nobody says how often the cache had it.' }
  const warmMisses = 1 - options.warmHitRatio
  if (factor * (1 - hitRatio) > warmMisses * LOST_CACHE_RATIO) {
    return {
      kind: 'red',
      because: `The cache has ${percentText(hitRatio)}: far too little for ${percentText(factor)}.`,
    }
  }
  const required = 1 - warmMisses / next
  if (hitRatio >= required) return null
  const because = `The cache has ${percentText(hitRatio)}; ${percentText(next)} takes ${percentText(required)}.`
  return { kind: 'amber', because }
}
