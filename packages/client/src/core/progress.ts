import type { CauseKind, ClientMode } from '@tidegate/protocol'
import type { JobResult } from './machine/effect.ts'
import { isJobState, modeOf, type State, type Wait } from './machine/state.ts'

/** How the last resync or first load ended. */
export interface ProgressResult {
  /** `observed`: compared and told, nothing fetched. The others are those of a report. */
  readonly outcome: JobResult['outcome']
  readonly signalIds: readonly string[]
  /** The place each collection was proven at (C8); empty unless `consistent` or `resynced`. */
  readonly asOf: Readonly<Record<string, number>>
  readonly proofRounds: number
  readonly itemCount: number
  readonly bytes: number
  /** What differed, when that was found out. */
  readonly differs: { readonly itemCount: number; readonly bytes: number } | null
  readonly missingIds: readonly string[]
  /** Collections that the source no longer knows: nothing was compared, and what is held of them stays. None without it. */
  readonly notServed?: readonly string[]
}

/** Where a client stands: plain data, the same in every tab. */
export interface Progress {
  readonly state: State['kind']
  readonly mode: ClientMode
  /** Who asked for it; null when nothing is under way. */
  readonly cause: { readonly kind: CauseKind; readonly title: string } | null
  readonly reason: string | null
  readonly signalIds: readonly string[]
  readonly differs: { readonly itemCount: number; readonly bytes: number } | null
  readonly done: { readonly itemCount: number; readonly bytes: number }
  /** The pace of the lease; null without one. */
  readonly bytesPerSecond: number | null
  /** What is left at that pace; null while that is not known. */
  readonly remainingMs: number | null
  readonly waitingFor: Wait['waitingFor'] | 'consent' | null
  /** Until the turn, or the next try; null when it does not depend on time. */
  readonly waitingMs: number | null
  readonly proofRound: number
  readonly missingIds: readonly string[]
  /** The last end; null before the first. */
  readonly result: ProgressResult | null
  /** What went wrong last, for logs; null after the next valid answer. */
  readonly problem: string | null
}

const FIRST_LOAD = { kind: 'first-load', title: 'First load' } as const

export function progressOf(
  state: State,
  told: { readonly nowMs: number; readonly result: ProgressResult | null; readonly problem: string | null },
): Progress {
  const job = isJobState(state) || state.kind === 'paused' || state.kind === 'stopping' ? state.job : null
  const rate = job?.lease?.bytesPerSecond ?? null
  return {
    state: state.kind,
    mode: modeOf(state.world),
    cause: job === null ? null : (job.signals[0]?.cause ?? FIRST_LOAD),
    reason: job?.signals[0]?.reason ?? null,
    signalIds: job?.signals.map(({ signalId }) => signalId) ?? [],
    differs: job?.differs ?? null,
    done: { itemCount: job?.appliedItemCount ?? 0, bytes: job?.appliedBytes ?? 0 },
    bytesPerSecond: rate,
    remainingMs: rate === null || job === null ? null : Math.round((job.remainingBytes * 1000) / rate),
    waitingFor: state.kind === 'waiting' ? state.waitingFor : state.kind === 'asking' ? 'consent' : null,
    waitingMs:
      state.kind === 'waiting' && state.waitingFor !== 'online' ? Math.max(0, state.untilMs - told.nowMs) : null,
    proofRound: job?.proofRound ?? 0,
    missingIds: state.kind === 'stuck' ? state.missingIds : [],
    result: told.result,
    problem: told.problem,
  }
}

export function resultOf({ outcome, job, asOf, missingIds, notServed }: JobResult): ProgressResult {
  return {
    outcome,
    signalIds: job.signals.map(({ signalId }) => signalId),
    asOf,
    proofRounds: job.proofRound,
    itemCount: job.appliedItemCount,
    bytes: job.appliedBytes,
    differs: job.differs,
    missingIds,
    ...(notServed === undefined ? {} : { notServed }),
  }
}
