import type { Signal } from '@tidegate/protocol'
import type { CompletedSignal } from '../../cache.ts'
import { ATTEMPT_LIMIT, backoffMs, GIVEN_UP_COUNT } from '../pacing.ts'
import type { At, Confirmation, ResultEvent } from './event.ts'
import { goOn, type Transition, waitFor } from './go-on.ts'
import { belongsTo, collectionsOf, type Job, signalJob, turnOf } from './job.ts'
import { becomeStuck, beginAttempt, rest, stop } from './rest.ts'
import { type JobState, modeOf, type State, type World } from './state.ts'

type Answered = Extract<ResultEvent, { kind: 'answered' }>

/** The first answer to a new tag: is anything in force that is not done, declined or stuck? */
export function answerConfirming(state: Extract<State, { kind: 'confirming' }>, event: Answered, at: At): Transition {
  const { attempt } = event
  const world = remembering(heard(state.world, event.confirmation), attempt?.declined ?? [])
  if (modeOf(world) === 'off') return rest(world, at)
  const open = openSignals(event.confirmation.signals, event.completed)
  const asked = open.filter((signal) => !isDeclined(world, signal))
  if (asked.length === 0)
    return open.length === 0 ? rest(world, at) : { state: { kind: 'declined', world }, effects: [] }
  const jobId = world.lastId + 1
  const job = signalJob({
    jobId,
    signals: asked,
    configured: world.configured,
    isObserving: modeOf(world) === 'observe',
    confirmedUntilMs: event.confirmation.untilMs,
    attempt,
    nowMs: at.nowMs,
  })
  const begun = { ...world, lastId: jobId }
  // C5: a crash loop stops here, whatever restarted the app.
  if (job.attemptCount >= GIVEN_UP_COUNT) return { state: { kind: 'stuck', world, missingIds: [] }, effects: [] }
  if (job.attemptCount === ATTEMPT_LIMIT) return becomeStuck(begun, job, 'failed', [])
  return beginAttempt(begun, job, at)
}

/**
 * A later answer, while a job is under way: go on, or stop. A signal that is gone was revoked, expired or superseded;
 * a new one to verify within the job's collections is ended with it, because the job's proof is still ahead; any other
 * new one takes the job's place.
 */
export function answerUnderWay(state: JobState, event: Answered, at: At): Transition {
  const { confirmation } = event
  const world = heard(state.world, confirmation)
  const mode = modeOf(world)
  if (mode === 'off' || (mode === 'observe' && !state.job.isObserving)) return stop(world, state.job)
  const kept = confirmation.signals.filter((signal) => covers(state.job, signal))
  if (kept.length === 0) return stop(askAgainFor(world, state.job, event), state.job)
  const added = openSignals(confirmation.signals, event.completed).filter(
    (signal) => !covers(state.job, signal) && !isDeclined(world, signal),
  )
  if (added.some((signal) => !isWithin(state.job, signal, world))) return stop({ ...world, isTagNew: true }, state.job)
  const signals = [...kept, ...added]
  const job: Job = {
    ...state.job,
    signals,
    confirmedUntilMs: confirmation.untilMs,
    notBeforeAtMs: turnOf(signals, at.nowMs),
  }
  return resumed({ ...state, world, job }, at)
}

/** No valid answer (C6): the cache stays as it is, nothing is begun, and the question is put again later. */
export function unanswered(state: State, retryAfterMs: number | null, at: At): Transition {
  const world: World = { ...state.world, unansweredCount: state.world.unansweredCount + 1 }
  const untilMs = at.nowMs + Math.max(retryAfterMs ?? 0, backoffMs(world.unansweredCount, at.chance))
  switch (state.kind) {
    case 'confirming': {
      const timerId = world.lastId + 1
      return {
        state: { kind: 'noticed', world: { ...world, lastId: timerId }, timerId },
        effects: [{ kind: 'sleep', id: timerId, untilMs }],
      }
    }
    case 'asking':
      return { state: { ...state, world, confirmId: null }, effects: [] }
    case 'comparing':
    case 'catchingUp':
    case 'waiting':
    case 'fetching':
    case 'proving': {
      const next = state.kind === 'fetching' || state.kind === 'proving' ? state.kind : 'comparing'
      const wait = { waitingFor: 'confirmation', untilMs, next: state.kind === 'waiting' ? state.next : next } as const
      return waitFor(wait, world, state.job, at)
    }
    default:
      return { state, effects: [] }
  }
}

/** Takes up the step whose place the question had taken. */
function resumed(state: JobState, at: At): Transition {
  switch (state.kind) {
    case 'asking':
      return { state: { ...state, confirmId: null }, effects: [] }
    case 'waiting': {
      const { waitingFor, next } = state
      const untilMs = waitingFor === 'turn' ? state.job.notBeforeAtMs : state.untilMs
      return waitFor({ waitingFor, untilMs, next }, state.world, state.job, at)
    }
    default:
      return goOn(state.kind, state.world, state.job, at)
  }
}

/** A valid answer was heard: what it says of mode and tag holds from now on. */
function heard(world: World, confirmation: Confirmation): World {
  return {
    ...world,
    remoteMode: confirmation.clientMode,
    knownTag: confirmation.stateTag,
    isTagNew: false,
    unansweredCount: 0,
  }
}

/** Completed signals are skipped, by id and version (C5). */
function openSignals(signals: readonly Signal[], completed: readonly CompletedSignal[]): readonly Signal[] {
  return signals.filter(
    ({ signalId, version }) => !completed.some((done) => done.signalId === signalId && done.version === version),
  )
}

/** What an earlier life was told not to do is not asked about by this one. */
function remembering(world: World, declined: readonly CompletedSignal[]): World {
  const isKnown = (signal: CompletedSignal) => isDeclined(world, signal)
  return declined.every(isKnown) ? world : { ...world, declined: [...world.declined, ...declined] }
}

function isDeclined(world: World, signal: CompletedSignal): boolean {
  return world.declined.some(({ signalId, version }) => signalId === signal.signalId && version === signal.version)
}

function covers(job: Job, signal: Signal): boolean {
  return belongsTo(
    { signalId: signal.signalId, version: signal.version, attemptCount: 0, appliedItemCount: 0, appliedBytes: 0 },
    job.signals,
  )
}

function isWithin(job: Job, signal: Signal, world: World): boolean {
  if (signal.action === 'refetch' || job.signals.some(({ signalId }) => signalId === signal.signalId)) return false
  return collectionsOf([signal], world.configured).every(({ collection }) =>
    job.collections.some((known) => known.collection === collection),
  )
}

/** All of the job's signals are gone; if others are open, they are asked about as soon as the job has stopped. */
function askAgainFor(world: World, job: Job, event: Answered): World {
  const others = openSignals(event.confirmation.signals, event.completed).filter((signal) => !covers(job, signal))
  return others.length === 0 ? world : { ...world, isTagNew: true }
}
