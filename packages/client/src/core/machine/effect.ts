import type { ResyncOutcome } from '@tidegate/protocol'
import type { ResyncAttempt, SetAsideSignal } from '../../cache.ts'
import type { ConsentQuestion } from '../consent.ts'
import type { Job } from './job.ts'

/** A stretch of work; each is done in steps, and the machine decides before each one. */
export type Phase = 'compare' | 'catch-up' | 'fetch' | 'prove'

/** How a job ended. */
export interface JobResult {
  readonly outcome: Exclude<ResyncOutcome, 'begun'> | 'observed'
  readonly job: Job
  /** The place each collection was proven at; empty unless `consistent` or `resynced`. */
  readonly asOf: Readonly<Record<string, number>>
  readonly missingIds: readonly string[]
  /** Collections that the source no longer knows, left as they were; none without it. */
  readonly notServed?: readonly string[]
}

/** What the guard is told of a job, for each of its signals: gates go by it. */
export interface Telling {
  readonly outcome: ResyncOutcome
  readonly job: Job
  readonly missingIds: readonly string[]
}

/**
 * What the edge is to do, in the order given. Those with an `id` answer with an event that carries it; when the state
 * stops waiting for an id, the edge gives that effect up.
 */
export type Effect =
  | { readonly kind: 'ask-in-force'; readonly id: number }
  | { readonly kind: 'work'; readonly id: number; readonly phase: Phase; readonly job: Job; readonly pageBytes: number }
  | { readonly kind: 'ask-consent'; readonly id: number; readonly question: ConsentQuestion }
  | { readonly kind: 'await-unmetered'; readonly id: number }
  | { readonly kind: 'await-tonight'; readonly id: number }
  | { readonly kind: 'sleep'; readonly id: number; readonly untilMs: number }
  | { readonly kind: 'request-lease'; readonly id: number; readonly job: Job; readonly wantBytes: number }
  | { readonly kind: 'renew-lease'; readonly id: number; readonly leaseId: string; readonly wantBytes: number }
  /** Wait until given-up work has come to rest. */
  | { readonly kind: 'halt'; readonly id: number }
  | { readonly kind: 'end-lease'; readonly leaseId: string }
  /** Durable before the next effect is begun (C5). */
  | { readonly kind: 'save-attempt'; readonly attempt: ResyncAttempt | null }
  /** Durable, in one: the job's signals are ended, its attempt cleared, and what is told of them is kept until the guard has it (C5). */
  | { readonly kind: 'complete'; readonly job: Job; readonly told: Telling | null }
  /** Durable, in one: these signals are left alone, the attempt is cleared, and what is told of them is kept until the guard has it (C5). */
  | { readonly kind: 'set-aside'; readonly signals: readonly SetAsideSignal[]; readonly told: Telling }
  /** Durable: nothing is set aside any longer. */
  | { readonly kind: 'reconsider' }
  /** Told once, and lost with the tab. */
  | { readonly kind: 'report'; readonly told: Telling }
  | { readonly kind: 'finished'; readonly result: JobResult }
