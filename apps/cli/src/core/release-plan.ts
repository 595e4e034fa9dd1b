import type { ReleasePlan } from '@tidegate/protocol'

/** How a release is to go. */
export interface PlanChoice {
  /** Shares of the audience, rising, the last one 1. */
  readonly plan: readonly number[]
  readonly windowMs: number
  readonly verifyWindowMs: number
  /** From a stage's start to its gate. Default: the window, so that every client of the stage has had its turn. */
  readonly bakeMs?: number
  readonly minReports: number
  readonly maxFailures: number
  /** Further bounds of every gate; absent ones are not asked about. */
  readonly maxDeclines?: number
  readonly maxNothingToFetch?: number
  readonly maxLatencyMs?: number
  readonly maxErrors?: number
  /** What a gate that says stop does. Default: it pauses the release. */
  readonly onStop?: 'pause' | 'revoke'
}

/**
 * Shares that let a mistake show at a hundredth, then a tenth, then half of its cost. Clients compare within 2 minutes and
 * fetch within 10; then the next stage begins by itself when at least 5 accounts have ended and at most 2 % of them
 * failed. With less to go by the release pauses and asks. So the default plan takes 30 minutes to reach everybody.
 */
export const PLAN_DEFAULTS = {
  plan: [0.01, 0.1, 0.5, 1],
  windowMs: 600_000,
  verifyWindowMs: 120_000,
  minReports: 5,
  maxFailures: 0.02,
} as const satisfies PlanChoice

export function releasePlan(choice: PlanChoice): ReleasePlan {
  const { plan, windowMs, verifyWindowMs, bakeMs = windowMs, minReports, maxFailures } = choice
  const { maxDeclines, maxNothingToFetch, maxLatencyMs, maxErrors, onStop } = choice
  const gate = {
    minReportCount: minReports,
    maxFailureRatio: maxFailures,
    ...(maxDeclines !== undefined && { maxDeclineRatio: maxDeclines }),
    ...(maxNothingToFetch !== undefined && { maxNothingToFetchRatio: maxNothingToFetch }),
    ...(maxLatencyMs !== undefined && { maxLatencyMs }),
    ...(maxErrors !== undefined && { maxErrorRatio: maxErrors }),
  }
  const stages = plan.map((share) => ({ share, bakeMs, gate }))
  return { verifyWindowMs, windowMs, stages, ...(onStop !== undefined && { onStop }) }
}
