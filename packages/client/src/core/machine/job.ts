import type { CollectionName, LeaseGrant, OrdinalRange, Signal } from '@tidegate/protocol'
import { type LeaseId, scopedRanges } from '@tidegate/protocol'
import type { CompletedSignal, ResyncAttempt } from '../../cache.ts'
import { merged } from '../difference.ts'
import { pacedRate } from '../pacing.ts'

/** What a job brings in order. */
export interface JobCollection {
  readonly collection: CollectionName
  /** The ranges whose items are fetched anew, whatever their digests say; without one, comparing decides. */
  readonly refetch: readonly OrdinalRange[]
}

/** The right to draw, as the client keeps it. */
export interface Lease {
  readonly leaseId: LeaseId
  readonly bytesPerSecond: number
  readonly pageBytes: number
  readonly renewAtMs: number
  readonly endsAtMs: number
  readonly leftBytes: number
}

/** One resync or first load, from the first comparison to its end. */
export interface Job {
  /** Tells one job's work from another's. */
  readonly jobId: number
  /** The signals this job ends, the first of them named on the lease; empty for a first load. */
  readonly signals: readonly Signal[]
  readonly collections: readonly JobCollection[]
  /** Compare and say, fetch nothing. */
  readonly isObserving: boolean
  readonly startedAtMs: number
  /** Until when the last valid answer may be acted on (C2). A first load has no signal: its lease is its right. */
  readonly confirmedUntilMs: number
  /** When its turn has come; from the guard's answer, never drawn here (C7). */
  readonly notBeforeAtMs: number
  /** Begun without progress since (C5). */
  readonly attemptCount: number
  /** This time is in `attemptCount`. It is not while asking, waiting and paused: an app closed then has not failed. */
  readonly isCounted: boolean
  /** Failures in a row. */
  readonly failureCount: number
  /** Proofs begun (C8). */
  readonly proofRound: number
  readonly consentedBytes: number | null
  /**
   * A person agreed to draw them now, so the next life need not ask. What a budget covers, and what was put off to a night
   * or a network, holds as long as this life: the next one may begin by day, or on another network.
   */
  readonly isConsentKept: boolean
  /** What the last plan found, and what of it is still to be drawn. */
  readonly differs: { readonly itemCount: number; readonly bytes: number } | null
  readonly remainingBytes: number
  readonly appliedItemCount: number
  readonly appliedBytes: number
  readonly hasReportedBegun: boolean
  readonly lease: Lease | null
  /** Before this no page is asked for (C4). */
  readonly nextPageAtMs: number
  /** A page was drawn and is not durable yet. */
  readonly holdsPage: boolean
  readonly refetchedFrom: Readonly<Record<string, number>>
}

/** Whether a step may run now (C2): the one place that decides it. */
export function isConfirmed(job: Job, nowMs: number): boolean {
  return job.signals.length === 0 || nowMs < job.confirmedUntilMs
}

/** The collections of some signals, each once: same-scope signals collapse into one job (C5). */
export function collectionsOf(
  signals: readonly Signal[],
  configured: readonly CollectionName[],
): readonly JobCollection[] {
  return configured.flatMap((collection) => {
    const named = signals.filter(({ scope }) => scopedRanges(scope, collection).length > 0)
    if (named.length === 0) return []
    const refetched = named.filter(({ action }) => action === 'refetch')
    return [{ collection, refetch: merged(refetched.flatMap(({ scope }) => scopedRanges(scope, collection))) }]
  })
}

/** A job for these signals, taking up what an earlier life left of it. */
export function signalJob(options: {
  readonly jobId: number
  readonly signals: readonly Signal[]
  readonly configured: readonly CollectionName[]
  readonly isObserving: boolean
  readonly confirmedUntilMs: number
  readonly attempt: ResyncAttempt | null
  readonly nowMs: number
}): Job {
  const { signals, attempt, nowMs } = options
  const left = attempt !== null && belongsTo(attempt, signals) ? attempt : null
  return {
    ...emptyJob(options.jobId, nowMs, left),
    refetchedFrom: left === null ? {} : stillRefetched(left, signals),
    signals,
    collections: collectionsOf(signals, options.configured),
    isObserving: options.isObserving,
    confirmedUntilMs: options.confirmedUntilMs,
    notBeforeAtMs: turnOf(signals, nowMs),
  }
}

/** A job that fills empty collections, or brings up those that have fallen too far behind for ordinary sync. */
export function firstLoadJob(options: {
  readonly jobId: number
  readonly collections: readonly CollectionName[]
  readonly attempt: ResyncAttempt | null
  readonly nowMs: number
}): Job {
  const left = options.attempt?.signalId === null ? options.attempt : null
  return {
    ...emptyJob(options.jobId, options.nowMs, left),
    collections: options.collections.map((collection) => ({ collection, refetch: [] })),
  }
}

/** The latest of the signals' turns: no signal's turn is anticipated by another's. */
export function turnOf(signals: readonly Signal[], nowMs: number): number {
  return nowMs + Math.max(0, ...signals.map((signal) => signal.notBeforeInMs))
}

/** What is kept of a job on disk. */
export function attemptOf(job: Job): ResyncAttempt {
  const [first, ...others] = job.signals
  return {
    signalId: first?.signalId ?? null,
    version: first?.version ?? 0,
    attemptCount: job.attemptCount,
    appliedItemCount: job.appliedItemCount,
    appliedBytes: job.appliedBytes,
    ...(job.consentedBytes === null || !job.isConsentKept ? {} : { consentedBytes: job.consentedBytes }),
    ...(others.length === 0 ? {} : { otherSignals: others.map(({ signalId, version }) => ({ signalId, version })) }),
    ...(Object.keys(job.refetchedFrom).length === 0 ? {} : { refetchedFrom: job.refetchedFrom }),
  }
}

/** The job with this time counted as an attempt (C5); to be saved before it goes on. */
export function counted(job: Job): Job {
  return job.isCounted ? job : { ...job, isCounted: true, attemptCount: job.attemptCount + 1 }
}

/** The job with this time not counted, because it has come to a safe place to wait. */
export function uncounted(job: Job): Job {
  return job.isCounted ? { ...job, isCounted: false, attemptCount: Math.max(0, job.attemptCount - 1) } : job
}

/** @returns whether what an earlier life left is of one of these signals, at its version */
export function belongsTo(left: SignalMark, signals: readonly Signal[]): boolean {
  return marksOf(left).some((mark) => signals.some((signal) => isMarked(mark, signal)))
}

/** @returns the one of these signals that an earlier life named first; none when it left something else */
export function firstLeft(left: SignalMark, signals: readonly Signal[]): Signal | undefined {
  return marksOf(left).flatMap((mark) => signals.filter((signal) => isMarked(mark, signal)))[0]
}

/** The lease as granted: its term counts from when it was asked for, and half of it is left for renewing. */
export function leaseOf(grant: LeaseGrant, requestedAtMs: number, userBytesPerSecond: number | null): Lease {
  return {
    leaseId: grant.leaseId,
    bytesPerSecond: pacedRate(grant.bytesPerSecond, userBytesPerSecond),
    pageBytes: grant.pageBytes,
    renewAtMs: requestedAtMs + grant.termMs / 2,
    endsAtMs: requestedAtMs + grant.termMs,
    leftBytes: grant.budgetBytes,
  }
}

/** A signal at its version, and those that were ended with it. */
interface SignalMark {
  readonly signalId: ResyncAttempt['signalId']
  readonly version: number
  readonly otherSignals?: readonly CompletedSignal[]
}

function marksOf(left: SignalMark): readonly SignalMark[] {
  return [left, ...(left.otherSignals ?? [])]
}

function isMarked(mark: SignalMark, { signalId, version }: Signal): boolean {
  return mark.signalId === signalId && mark.version === version
}

/** What was fetched anew counts for those refetches alone that were under way then: a later one distrusts that too. */
function stillRefetched(left: ResyncAttempt, signals: readonly Signal[]): Readonly<Record<string, number>> {
  const later = signals.filter((signal) => signal.action === 'refetch' && !belongsTo(left, [signal]))
  const isKept = (collection: string) => later.every(({ scope }) => scopedRanges(scope, collection).length === 0)
  return Object.fromEntries(Object.entries(left.refetchedFrom ?? {}).filter(([collection]) => isKept(collection)))
}

function emptyJob(jobId: number, nowMs: number, left: ResyncAttempt | null): Job {
  return {
    jobId,
    signals: [],
    collections: [],
    isObserving: false,
    startedAtMs: nowMs,
    confirmedUntilMs: nowMs,
    notBeforeAtMs: nowMs,
    attemptCount: left?.attemptCount ?? 0,
    isCounted: false,
    failureCount: 0,
    proofRound: 0,
    consentedBytes: left?.consentedBytes ?? null,
    isConsentKept: left?.consentedBytes !== undefined,
    differs: null,
    remainingBytes: 0,
    appliedItemCount: left?.appliedItemCount ?? 0,
    appliedBytes: left?.appliedBytes ?? 0,
    hasReportedBegun: false,
    lease: null,
    nextPageAtMs: nowMs,
    holdsPage: false,
    refetchedFrom: left?.refetchedFrom ?? {},
  }
}
