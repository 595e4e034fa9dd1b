import type { Signal } from '@tidegate/protocol'
import type { CompletedSignal } from '../../cache.ts'
import { ATTEMPT_LIMIT, backoffMs } from '../pacing.ts'
import type { At, ResultEvent } from './event.ts'
import { goOn, prepend, type Transition, waitFor } from './go-on.ts'
import { belongsTo, collectionsOf, firstLeft, type Job, signalJob, turnOf } from './job.ts'
import { becomeStuck, beginAttempt, makeRoom, rest, stop } from './rest.ts'
import { type JobState, modeOf, type State, type World } from './state.ts'

type Answered = Extract<ResultEvent, { kind: 'answered' }>

/** The first answer to a new tag: is anything in force that is not done or set aside? */
export function answerConfirming(state: Extract<State, { kind: 'confirming' }>, event: Answered, at: At): Transition {
  const world = heard(state.world, event)
  if (modeOf(world) === 'off') return rest(world, at)
  return beginOpen(world, event, at)
}

/** Begins one job for all that is open, after setting aside the one that an earlier life has looped over. */
function beginOpen(world: World, event: Answered, at: At): Transition {
  const open = openSignals(world, event)
  if (open.length === 0) return rest({ ...world, staysPaused: false }, at)
  const { attempt, confirmation } = event
  const jobId = world.lastId + 1
  const job = signalJob({
    jobId,
    signals: open,
    configured: world.configured,
    isObserving: modeOf(world) === 'observe',
    confirmedUntilMs: confirmation.untilMs,
    attempt,
    nowMs: at.nowMs,
  })
  const begun = { ...world, lastId: jobId }
  if (job.attemptCount < ATTEMPT_LIMIT) return beginAttempt(begun, job, at)
  // C5: a crash loop stops here, whatever restarted the app. The others begin anew, each with its own count.
  const blamed = attempt === null ? undefined : firstLeft(attempt, open)
  const looped = open.filter((signal) => signal === blamed)
  const stuck = becomeStuck(begun, { ...job, signals: looped }, 'failed', [])
  if (looped.length === open.length) return stuck
  return prepend(stuck.effects, beginOpen(stuck.state.world, { ...event, attempt: null }, at))
}

/**
 * A later answer, while a job is under way: go on, or stop. A signal that is gone was revoked, expired or superseded;
 * a new one to verify within the job's collections is ended with it, because the job's proof is still ahead; any other
 * new one takes the job's place.
 */
export function answerUnderWay(state: JobState, event: Answered, at: At): Transition {
  const { confirmation } = event
  const world = heard(state.world, event)
  const mode = modeOf(world)
  if (mode === 'off' || (mode === 'observe' && !state.job.isObserving)) return stop(world, state.job)
  const kept = confirmation.signals.filter((signal) => covers(state.job, signal))
  if (kept.length === 0) return stop(askAgainFor(world, state.job, event), state.job)
  const added = openSignals(world, event).filter((signal) => !covers(state.job, signal))
  if (added.some((signal) => !isWithin(state.job, signal, world)))
    return makeRoom({ ...world, isTagNew: true }, { ...state.job, signals: kept })
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

/** A valid answer was heard: what it says of mode, tag and what was set aside holds from now on. */
function heard(world: World, { confirmation, setAside }: Answered): World {
  const known = [...world.setAside, ...setAside]
  return {
    ...world,
    remoteMode: confirmation.clientMode,
    knownTag: confirmation.stateTag,
    isTagNew: false,
    isMoreToHear: confirmation.isCut,
    unansweredCount: 0,
    setAside: confirmation.signals.flatMap((signal) => known.find((each) => isSame(each, signal)) ?? []),
  }
}

/** Completed signals are skipped, by id and version, and so are those that were set aside (C5). */
function openSignals({ setAside }: World, { confirmation, completed }: Answered): readonly Signal[] {
  const ended = [...completed, ...setAside]
  return confirmation.signals.filter((signal) => !ended.some((each) => isSame(each, signal)))
}

function isSame(left: CompletedSignal, right: CompletedSignal): boolean {
  return left.signalId === right.signalId && left.version === right.version
}

function covers(job: Job, signal: Signal): boolean {
  return belongsTo(signal, job.signals)
}

function isWithin(job: Job, signal: Signal, world: World): boolean {
  if (signal.action === 'refetch' || job.signals.some(({ signalId }) => signalId === signal.signalId)) return false
  return collectionsOf([signal], world.configured).every(({ collection }) =>
    job.collections.some((known) => known.collection === collection),
  )
}

/** All of the job's signals are gone; if others are open, they are asked about as soon as the job has stopped. */
function askAgainFor(world: World, job: Job, event: Answered): World {
  const others = openSignals(world, event).filter((signal) => !covers(job, signal))
  return others.length === 0 ? world : { ...world, isTagNew: true }
}
