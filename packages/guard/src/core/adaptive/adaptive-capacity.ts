import { checkedHealthTargets, type HealthTargets, judgeWindow, slowestMs, type WindowHealth } from './judge-window.ts'
import type { ObservationWindow } from './observation-window.ts'

export interface AdaptiveOptions extends HealthTargets {
  /** The least it falls to, in (0, 1]. Default 0.1: at zero nothing is observed any more, and nothing recovers. */
  readonly floorFactor: number
  /** Where it begins, in [floorFactor, 1]. Default 0.5: nothing is known yet, and eight healthy windows lead from there to 1. */
  readonly startFactor: number
  /** From this part of its limit on a resource counts as limited by it, in (0, 1]. Default 0.8. */
  readonly limitingUsedRatio: number
  /** Without a window for so long, milliseconds > 0, the factor halves, and again every second. Default 10,000. */
  readonly staleAfterMs: number
}

export const DEFAULT_ADAPTIVE_OPTIONS = {
  floorFactor: 0.1,
  startFactor: 0.5,
  limitingUsedRatio: 0.8,
  staleAfterMs: 10_000,
} as const

/** How much of a resource's declared capacity it can bear now, and what it takes to go on judging that. */
export interface AdaptiveState {
  /** Of the declared capacity, in [floorFactor, 1]. What holds now is {@link adaptiveFactor}: silence lowers it. */
  readonly factor: number
  /** Why it is what it is, as a sentence. */
  readonly because: string
  readonly windowEndedAtMs: number
  /** Latency ÷ target of the last window that said something. */
  readonly latencyRatio: number
  /** Where it was too much last; null until then, and again once it is far above that in good health. */
  readonly troubledFactor: number | null
  /** Until when slowness is still that of work let in before the last cut; null when all is well again. */
  readonly settlesAtMs: number | null
}

const ERROR_CUT = 0.9
/** The most that slowness takes in one window: a single outlier must not close a resource. */
const SLOWEST_CUT = 0.5
/** A cut is given a window and the latency it was made for; slowness that grows by so much all the same is cut again. */
const WORSENING_RATIO = 1.1
/** Latency that falls by so much from window to window says that the cut was enough, and only the queue is left. */
const EASING_RATIO = 0.9
/** A window's growth, far from the last trouble and close to it: the nearer, the more it feels its way. */
const GROWTH = 0.1
const CAREFUL_GROWTH = 0.01
const GROWTH_PER_DISTANCE = 0.2
const HALVING_MS = 1000

/**
 * Where it begins.
 *
 * @throws RangeError for options out of their range
 */
export function startAdaptive(options: AdaptiveOptions, nowMs: number): AdaptiveState {
  return {
    factor: checkedAdaptiveOptions(options).startFactor,
    because: 'Nothing was observed yet.',
    windowEndedAtMs: nowMs,
    latencyRatio: 0,
    troubledFactor: null,
    settlesAtMs: null,
  }
}

/** What holds now, in [floorFactor, 1]. Silence is never good news: stale figures are taken for the worst. */
export function adaptiveFactor(state: AdaptiveState, nowMs: number, options: AdaptiveOptions): number {
  const silentMs = nowMs - state.windowEndedAtMs
  if (silentMs < options.staleAfterMs) return state.factor
  const halvings = 1 + Math.floor((silentMs - options.staleAfterMs) / HALVING_MS)
  return Math.max(options.floorFactor, state.factor * SLOWEST_CUT ** halvings)
}

/**
 * One window later: down by the gradient of latency against its target (at most by half) and by a tenth on errors; up by
 * a tenth in good health, and only where the limit is what limits. In windows that say nothing it stays where it is. A
 * window that is not newer than the last changes nothing.
 *
 * What was let in before a cut is still slow after it, and a queue that built up drains slowly: it is not cut again for
 * that, and it grows carefully near the place of the last trouble. Without both it would swing.
 */
export function stepAdaptive(state: AdaptiveState, window: ObservationWindow, options: AdaptiveOptions): AdaptiveState {
  if (!(window.endedAtMs > state.windowEndedAtMs)) return state
  const factor = adaptiveFactor(state, window.startedAtMs, options)
  const health = judgeWindow(window, options)
  const windowEndedAtMs = window.endedAtMs
  if (health.kind === 'inconclusive') return { ...state, factor, windowEndedAtMs, because: `Holds: ${health.because}` }
  const next = { ...state, factor, windowEndedAtMs, latencyRatio: health.latencyRatio }
  if (health.kind === 'red') return cut(next, health, { window, latencyRatioBefore: state.latencyRatio, options })
  if (health.kind === 'amber') return { ...next, because: `Holds: ${health.because}` }
  const well = { ...next, settlesAtMs: null }
  if (window.usedRatio === null || window.usedRatio < options.limitingUsedRatio) {
    return { ...well, because: `Holds: the limit is not what limits. ${health.because}` }
  }
  return grow(well, health)
}

type Judged = Exclude<WindowHealth, { readonly kind: 'inconclusive' }>

interface Cut {
  readonly window: ObservationWindow
  readonly latencyRatioBefore: number
  readonly options: AdaptiveOptions
}

function cut(state: AdaptiveState, health: Judged, { window, latencyRatioBefore, options }: Cut): AdaptiveState {
  const { latencyRatio } = health
  const isSettling = state.settlesAtMs !== null && window.startedAtMs < state.settlesAtMs
  const isCutEnough = latencyRatio <= latencyRatioBefore * (isSettling ? WORSENING_RATIO : EASING_RATIO)
  const slowness = latencyRatio > 1 && !isCutEnough ? Math.max(SLOWEST_CUT, 1 / latencyRatio) : 1
  const taken = Math.min(slowness, health.isFailing ? ERROR_CUT : 1)
  if (taken === 1) return { ...state, because: `Holds, because the last cut takes its time: ${health.because}` }
  return {
    ...state,
    factor: Math.max(options.floorFactor, state.factor * taken),
    // Further cuts of the same trouble do not say where it began.
    troubledFactor: state.settlesAtMs === null ? state.factor : state.troubledFactor,
    settlesAtMs: window.endedAtMs + slowestMs(window, options),
    because: `Lowered: ${health.because}`,
  }
}

function grow(state: AdaptiveState, health: Judged): AdaptiveState {
  const { factor, troubledFactor } = state
  const because = factor === 1 ? health.because : `Raised: ${health.because}`
  const distance = troubledFactor === null ? 1 : Math.abs(factor / troubledFactor - 1)
  const growth = Math.min(GROWTH, Math.max(CAREFUL_GROWTH, distance * GROWTH_PER_DISTANCE))
  const isFarAbove = troubledFactor !== null && factor > troubledFactor && growth === GROWTH
  return {
    ...state,
    factor: Math.min(1, factor * (1 + growth)),
    troubledFactor: isFarAbove ? null : troubledFactor,
    because,
  }
}

/** @throws RangeError for options out of their range */
export function checkedAdaptiveOptions(options: AdaptiveOptions): AdaptiveOptions {
  checkedHealthTargets(options)
  const { floorFactor, startFactor, limitingUsedRatio, staleAfterMs } = options
  const refuse = (what: string): never => {
    throw new RangeError(`Cannot adapt a capacity: ${what}`)
  }
  if (!(floorFactor > 0 && floorFactor <= 1)) refuse(`floorFactor must be above 0 and at most 1, got ${floorFactor}`)
  if (!(startFactor >= floorFactor && startFactor <= 1)) {
    refuse(`startFactor must be from floorFactor ${floorFactor} to 1, got ${startFactor}`)
  }
  if (!(limitingUsedRatio > 0 && limitingUsedRatio <= 1)) {
    refuse(`limitingUsedRatio must be above 0 and at most 1, got ${limitingUsedRatio}`)
  }
  if (!(staleAfterMs > 0)) refuse(`staleAfterMs must be above 0, got ${staleAfterMs}`)
  return options
}
