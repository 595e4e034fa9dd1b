import { countOf, percentText } from '../figures.ts'
import type { LevelWindow, ObservationWindow } from './observation-window.ts'

/** What a resource is expected to do. Absolute: nothing of it is learned, so that nothing can drift. */
export interface HealthTargets {
  /**
   * What the 99th percentile of a level may take, milliseconds > 0, as the host app promises it to its users. A level that
   * is not named is judged by its errors alone; at least one is.
   */
  readonly latencyTargetMs: Readonly<Record<string, number>>
  /** Of the operations, those that may fail, timeouts included; in (0, 1). Default 0.01. */
  readonly maxErrorRatio: number
  /** From so many operations on a window says something; whole, from 1. Default 20: below that one slow one is the 99th percentile. */
  readonly minCount: number
}

export const DEFAULT_HEALTH_TARGETS = { maxErrorRatio: 0.01, minCount: 20 } as const

/** How a window was, and why in a sentence. */
export type WindowHealth =
  | { readonly kind: 'inconclusive'; readonly because: string }
  | {
      /** `amber`: within its targets, with nothing to spare. */
      readonly kind: 'green' | 'amber' | 'red'
      readonly because: string
      /** The worst level's latency, as sure as it is, ÷ its target; above 1 it is too slow. 0 when no level with a target was used. */
      readonly latencyRatio: number
      /** More of it failed than may. */
      readonly isFailing: boolean
    }

/** From this part of a bound on there is nothing to spare. */
const AMBER_RATIO = 0.8
/** Half of the time spent in queues: whatever is let in more only waits longer. */
const AMBER_QUEUED_RATIO = 0.5

/**
 * Judges a window by what was declared. What cannot be (counts that contradict each other) and what is too little says
 * nothing, except that work which all failed is never good news, however little of it there was.
 */
export function judgeWindow(window: ObservationWindow, targets: HealthTargets): WindowHealth {
  if (!isPossible(window)) return { kind: 'inconclusive', because: 'The figures of the window contradict each other.' }
  const count = window.levels.reduce((sum, level) => sum + level.count, 0)
  const errorCount = window.levels.reduce((sum, level) => sum + level.errorCount, 0)
  if (count < targets.minCount && (errorCount < count || count === 0)) {
    const because = `${countOf(count, 'operation')} in the window; it takes ${targets.minCount} to say anything.`
    return { kind: 'inconclusive', because }
  }
  const slowest = slowestLevel(window.levels, targets)
  const errorRatio = errorCount / count
  const isFailing = errorRatio > targets.maxErrorRatio
  const figures = { latencyRatio: slowest.ratio, isFailing }
  if (isFailing) return { ...figures, kind: 'red', because: errorText(errorRatio, targets) }
  if (slowest.ratio > 1) return { ...figures, kind: 'red', because: slowest.because }
  if (errorRatio > targets.maxErrorRatio * AMBER_RATIO) {
    return { ...figures, kind: 'amber', because: errorText(errorRatio, targets) }
  }
  if (slowest.ratio > AMBER_RATIO) return { ...figures, kind: 'amber', because: slowest.because }
  if (window.queuedRatio !== null && window.queuedRatio > AMBER_QUEUED_RATIO) {
    return {
      ...figures,
      kind: 'amber',
      because: `Of its time, work spends ${wholePercent(window.queuedRatio)} in queues.`,
    }
  }
  return { ...figures, kind: 'green', because: slowest.because }
}

/** How long it takes until what was let in last has shown: the longest of the latencies that are judged, milliseconds. */
export function slowestMs({ levels }: ObservationWindow, { latencyTargetMs }: HealthTargets): number {
  const judged = levels.filter(({ level }) => latencyTargetMs[level] !== undefined)
  return judged.reduce((slowest, { latencyMs }) => Math.max(slowest, latencyMs ?? 0), 0)
}

/** @throws RangeError for targets out of their range */
export function checkedHealthTargets(targets: HealthTargets): HealthTargets {
  const { latencyTargetMs, maxErrorRatio, minCount } = targets
  const levels = Object.entries(latencyTargetMs)
  const refuse = (what: string): never => {
    throw new RangeError(`Cannot judge a resource: ${what}`)
  }
  if (levels.length === 0) refuse('latencyTargetMs must name at least one level, got none')
  for (const [level, ms] of levels) {
    if (!(ms > 0 && Number.isFinite(ms))) refuse(`latencyTargetMs of ${level} must be above 0, got ${ms}`)
  }
  if (!(maxErrorRatio > 0 && maxErrorRatio < 1)) refuse(`maxErrorRatio must be between 0 and 1, got ${maxErrorRatio}`)
  if (!(Number.isSafeInteger(minCount) && minCount >= 1))
    refuse(`minCount must be a whole number from 1, got ${minCount}`)
  return targets
}

function slowestLevel(levels: readonly LevelWindow[], { latencyTargetMs }: HealthTargets) {
  let slowest = { ratio: 0, because: 'No operation of a level with a latency target was observed.' }
  for (const { level, latencyAtLeastMs } of levels) {
    const targetMs = latencyTargetMs[level]
    if (targetMs === undefined || latencyAtLeastMs === null) continue
    const ratio = latencyAtLeastMs / targetMs
    const because = `p99 of ${level} is at least ${Math.round(latencyAtLeastMs)} ms; the target is ${targetMs} ms.`
    if (ratio > slowest.ratio) slowest = { ratio, because }
  }
  return slowest
}

function isPossible({ levels, startedAtMs, endedAtMs, queuedRatio, usedRatio }: ObservationWindow): boolean {
  const isTold = (value: number | null) => value === null || (value >= 0 && Number.isFinite(value))
  return (
    endedAtMs > startedAtMs &&
    isTold(usedRatio) &&
    isTold(queuedRatio) &&
    levels.every(
      ({ count, errorCount, timeoutCount, hitCount, missCount, latencyMs, latencyAtLeastMs }) =>
        [count, errorCount, timeoutCount, hitCount, missCount].every(
          (each) => Number.isSafeInteger(each) && each >= 0,
        ) &&
        errorCount <= count &&
        timeoutCount <= errorCount &&
        hitCount + missCount <= count &&
        isTold(latencyMs) &&
        isTold(latencyAtLeastMs) &&
        (latencyAtLeastMs === null) === (count === 0) &&
        (latencyMs === null) === (count === 0),
    )
  )
}

function errorText(errorRatio: number, { maxErrorRatio }: HealthTargets): string {
  return `${percentText(errorRatio)} of the operations fail; ${percentText(maxErrorRatio)} may.`
}

function wholePercent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}
