import type {
  Action,
  Audience,
  CauseId,
  CauseKind,
  ReleasePlan,
  Scope,
  SignalId,
  SignalState,
} from '@tidegate/protocol'
import type { LargeAudience } from './large-audience.ts'

/**
 * A judged signal as a node holds it in memory: what the ledger says, read at one ledger revision. Times are the
 * guard's clock in milliseconds.
 */
export interface SignalRecord {
  readonly signalId: SignalId
  readonly version: number
  readonly causeId: CauseId
  readonly causeKind: CauseKind
  readonly causeTitle: string
  readonly action: Action
  readonly scope: Scope
  readonly reason: string
  readonly state: SignalState
  /** Class and version filters, and the cohort range. */
  readonly filter: Pick<Audience, 'clientClasses' | 'appVersions' | 'cohorts'>
  /** The named accounts of the audience; null for everyone. Nobody asks for them before the approval, so they may be missing until then. */
  readonly audienceAccounts: ReadonlySet<string> | LargeAudience | null
  /** Accounts in force by name without approval: the whole audience after `release`, the canaries after `hold`. */
  readonly namedAccounts: ReadonlySet<string>
  /** When the verdict put the named accounts in force. */
  readonly judgedAtMs: number
  readonly expiresAtMs: number
  /** Until then an operator paused its cause; 0 when nobody did. */
  readonly pausedUntilMs: number
  /** Null until approved. */
  readonly release: ReleaseRecord | null
  /** What ended when this was approved in its place, and what ended for that: their clients keep their turns. */
  readonly supersedes: readonly SupersededRecord[]
}

/** What is still asked of a superseded signal: when the turns of its clients are. */
export type SupersededRecord = Pick<
  SignalRecord,
  'signalId' | 'filter' | 'audienceAccounts' | 'namedAccounts' | 'judgedAtMs' | 'release'
>

export interface ReleaseRecord {
  readonly plan: ReleasePlan
  readonly stageIndex: number
  /** When each stage begun so far began; the last is the current one's. */
  readonly stageStartsAtMs: readonly number[]
  readonly approvedBy: string
  readonly approvedBecause: string
}
