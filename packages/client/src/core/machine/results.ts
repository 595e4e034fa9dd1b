import { DENIALS, type Denial, retryAfterMsOf } from '@tidegate/protocol'
import { ATTEMPT_LIMIT, backoffMs, deniedWaitMs, nextPageAtMs } from '../pacing.ts'
import { answerConfirming, answerUnderWay, unanswered } from './answers.ts'
import type { Effect } from './effect.ts'
import type { At, ResultEvent } from './event.ts'
import { askConsent, begin, compareAgain, goOn, prepend, type Transition, takeLease, waitFor } from './go-on.ts'
import { attemptOf, counted, type Job, leaseOf, uncounted } from './job.ts'
import { becomeStuck, confirm, decline, finishObserved, finishProven, finishStopped, stop } from './rest.ts'
import type { JobState, State, World } from './state.ts'

/** Three rounds: a mailbox that changes meanwhile needs two, and a fourth would not end either (C8). */
export const PROOF_ROUND_LIMIT = 3

/** What the answer to an effect means for the state that waits for it. */
export function stepResult(state: State, event: ResultEvent, at: At): Transition {
  const nothing: Transition = { state, effects: [] }
  switch (state.kind) {
    case 'noticed':
      return event.kind === 'woke' ? confirm({ ...state.world, isTagNew: true }) : nothing
    case 'confirming':
      if (event.kind === 'answered') return answerConfirming(state, event, at)
      if (event.kind === 'unanswered') return unanswered(state, event.retryAfterMs, at)
      return event.kind === 'failed' ? unanswered(state, null, at) : nothing
    case 'stopping':
      return event.kind === 'halted' || event.kind === 'failed' ? finishStopped(state, at) : nothing
    case 'comparing':
    case 'catchingUp':
    case 'asking':
    case 'waiting':
    case 'fetching':
    case 'proving':
      return stepJob(state, event, at) ?? nothing
    case 'current':
    case 'paused':
    case 'declined':
    case 'stuck':
    case 'off':
      return nothing
  }
}

function stepJob(state: JobState, event: ResultEvent, at: At): Transition | null {
  const { world, job } = state
  switch (event.kind) {
    case 'answered':
      return answerUnderWay(state, event, at)
    case 'unanswered':
      return unanswered(state, event.retryAfterMs, at)
    case 'denied':
      return denied(state, event.denial, at)
    case 'failed':
      return failed(state, event.isTransient, at)
    case 'woke':
      return woke(state, at)
    case 'stepped':
      return state.kind === 'asking' || state.kind === 'waiting' ? null : stepped(state, event, at)
    case 'matched':
      if (state.kind !== 'comparing' && state.kind !== 'catchingUp' && state.kind !== 'proving') return null
      return finishProven(world, job, event, at)
    case 'differed':
      if (state.kind === 'comparing') return goOn('catchingUp', world, job, at)
      return state.kind === 'proving' ? goOn('catchingUp', world, job, at) : null
    case 'planned':
      return state.kind === 'catchingUp' ? planned(world, job, event, at) : null
    case 'drained':
      if (state.kind !== 'fetching') return null
      return goOn('proving', world, { ...job, remainingBytes: 0, proofRound: job.proofRound + 1 }, at)
    case 'leased':
      return leased(state, event, at)
    case 'consented':
      return state.kind === 'asking' ? consented(state, event, at) : null
    case 'halted':
      return null
  }
}

/** A step drew, or applied, or both. Progress on disk ends the count of failures and of attempts without progress (C5). */
function stepped(
  state: Exclude<JobState, { kind: 'asking' | 'waiting' }>,
  event: Extract<ResultEvent, { kind: 'stepped' }>,
  at: At,
): Transition {
  const { lease } = state.job
  const hasProgress = event.appliedItemCount > 0
  const drawn: Job = {
    ...state.job,
    lease: lease === null ? null : { ...lease, leftBytes: lease.leftBytes - event.drawnBytes },
    nextPageAtMs:
      lease === null || event.drawnBytes === 0
        ? state.job.nextPageAtMs
        : nextPageAtMs({ startedAtMs: event.startedAtMs, bytes: event.drawnBytes }, lease.bytesPerSecond),
    holdsPage: event.holdsPage ?? false,
    remainingBytes: Math.max(0, state.job.remainingBytes - event.drawnBytes),
  }
  const job: Job = {
    ...drawn,
    appliedItemCount: drawn.appliedItemCount + event.appliedItemCount,
    appliedBytes: drawn.appliedBytes + event.appliedBytes,
    ...(hasProgress ? { attemptCount: 0, failureCount: 0 } : {}),
    refetchedFrom: event.refetchedFrom ?? drawn.refetchedFrom,
  }
  const saved: readonly Effect[] = hasProgress ? [{ kind: 'save-attempt', attempt: attemptOf(job) }] : []
  return prepend(saved, goOn(state.kind, state.world, job, at))
}

function planned(world: World, found: Job, event: Extract<ResultEvent, { kind: 'planned' }>, at: At): Transition {
  const job: Job = {
    ...uncounted(found),
    differs: { itemCount: event.itemCount, bytes: event.bytes },
    remainingBytes: event.bytes,
  }
  if (job.isObserving) return finishObserved(world, job, at)
  if (job.proofRound >= PROOF_ROUND_LIMIT) return becomeStuck(world, job, 'stuck', event.ids)
  return prepend([{ kind: 'save-attempt', attempt: attemptOf(job) }], askConsent(world, job, at))
}

function leased(state: JobState, event: Extract<ResultEvent, { kind: 'leased' }>, at: At): Transition | null {
  const { world } = state
  const lease = leaseOf(event.grant, event.requestedAtMs, world.userBytesPerSecond)
  if (state.kind === 'fetching' || state.kind === 'proving') return goOn(state.kind, world, { ...state.job, lease }, at)
  if (state.kind !== 'waiting' || state.next === 'comparing') return null
  const job: Job = { ...counted(state.job), lease, hasReportedBegun: true }
  const begun: readonly Effect[] =
    state.job.hasReportedBegun || job.signals.length === 0
      ? []
      : [{ kind: 'report', told: { outcome: 'begun', job, missingIds: [] } }]
  return prepend([{ kind: 'save-attempt', attempt: attemptOf(job) }, ...begun], goOn(state.next, world, job, at))
}

function consented(
  state: Extract<JobState, { kind: 'asking' }>,
  { choice, isPersons }: Extract<ResultEvent, { kind: 'consented' }>,
  at: At,
): Transition {
  const { world } = state
  if (choice === 'not-now') return decline(world, state.job, at)
  const agreed = state.job.appliedBytes + (state.job.differs?.bytes ?? 0)
  const isNow = choice === 'now'
  const job: Job = { ...state.job, consentedBytes: agreed, isConsentKept: isNow && isPersons }
  if (isNow) {
    // At once: the turn may take long to come, and who said yes is not asked again by the life that sees it come.
    const saved: readonly Effect[] = job.isConsentKept ? [{ kind: 'save-attempt', attempt: attemptOf(job) }] : []
    return prepend(saved, takeLease('fetching', world, job, at))
  }
  const effect = { kind: choice === 'tonight' ? 'await-tonight' : 'await-unmetered' } as const
  return begin({ kind: 'asking', world, job, confirmId: null }, 'deferring', effect)
}

function woke(state: JobState, at: At): Transition | null {
  switch (state.kind) {
    case 'asking':
      // Hours may have gone by: the figure is worked out again, and asked about again only if it grew by a quarter.
      return compareAgain(state.world, state.job, at)
    case 'waiting':
      return waitFor(state, state.world, state.job, at)
    case 'fetching':
    case 'proving':
      return goOn(state.kind, state.world, state.job, at)
    case 'comparing':
    case 'catchingUp':
      return null
  }
}

/** The guard said no: its own table says what to do about it. */
function denied(state: JobState, denial: Denial, at: At): Transition {
  const { world, job } = state
  const next = nextOf(state)
  switch (DENIALS[denial.kind].next) {
    case 'stop':
      return stop(world, job)
    case 'wait': {
      const waitingFor = denial.kind === 'not-your-turn' ? 'turn' : 'capacity'
      const untilMs = at.nowMs + deniedWaitMs(retryAfterMsOf(denial) ?? 0, at.chance)
      return waitFor({ waitingFor, untilMs, next }, world, job, at)
    }
    case 'renew': {
      // The lease is gone already: nothing to give back. Twice without progress is a failure like any other.
      const leaseless = { ...job, lease: null, failureCount: job.failureCount + 1 }
      const untilMs =
        leaseless.failureCount <= 1 ? at.nowMs : at.nowMs + backoffMs(leaseless.failureCount - 1, at.chance)
      return waitFor({ waitingFor: 'capacity', untilMs, next }, world, leaseless, at)
    }
    case 'give-up':
      return failed(state, false, at)
  }
}

/** Backs off. A failure that would come again the same way counts as an attempt without progress (C5). */
function failed(state: JobState, isTransient: boolean, at: At): Transition {
  const { world } = state
  const job: Job = {
    ...state.job,
    failureCount: state.job.failureCount + 1,
    attemptCount: state.job.attemptCount + (isTransient ? 0 : 1),
  }
  if (job.attemptCount >= ATTEMPT_LIMIT) return becomeStuck(world, job, 'failed', [])
  const untilMs = at.nowMs + backoffMs(job.failureCount, at.chance)
  const saved: readonly Effect[] = isTransient ? [] : [{ kind: 'save-attempt', attempt: attemptOf(job) }]
  return prepend(saved, waitFor({ waitingFor: 'retry', untilMs, next: nextOf(state) }, world, job, at))
}

function nextOf(state: JobState): 'comparing' | 'fetching' | 'proving' {
  if (state.kind === 'waiting') return state.next
  return state.kind === 'fetching' || state.kind === 'proving' ? state.kind : 'comparing'
}
