import type { ReleasePlan } from '@tidegate/protocol'
import type { LedgerSettings } from '../ledger-settings.ts'
import type { Found, RuleHead } from './rule.ts'

/** What an approver asks for, before any of it is written. */
export interface PlanFacts {
  /** The cause whose signals the plan is for. */
  readonly causeId: string
  readonly plan: ReleasePlan
  /** Distinct accounts that the plan would let out in all. */
  readonly audienceAccountCount: number
  /** What resyncs of all of them would draw. */
  readonly loads: readonly PlanLoad[]
  /** Until the first of its signals expires, milliseconds. */
  readonly endsInMs: number
  readonly settings: LedgerSettings
}

export interface PlanLoad {
  readonly resourceId: string
  readonly predictedBytes: number
  readonly capacityBytesPerSecond: number
}

/** One thing that the guard checks of a release plan, when it is approved: what it holds or rejects is denied. */
export interface PlanRule extends RuleHead {
  readonly check: (facts: PlanFacts) => Found | null
}
