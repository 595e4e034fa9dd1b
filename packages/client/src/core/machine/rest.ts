import { type Signal, scopedRanges } from '@tidegate/protocol'
import type { ResyncAttempt, SetAsideSignal } from '../../cache.ts'
import { ATTEMPT_LIMIT, GIVEN_UP_COUNT } from '../pacing.ts'
import type { Effect, JobResult, Telling } from './effect.ts'
import type { At } from './event.ts'
import { goOn, prepend, type Transition, withoutLease } from './go-on.ts'
import { attemptOf, counted, firstLoadJob, type Job, uncounted } from './job.ts'
import { modeOf, type State, type World } from './state.ts'

/** Where the client goes when nothing is under way: to what it knows is still to be done, or to rest. */
export function rest(world: World, at: At): Transition {
  if (world.wantedFirstLoads.length > 0 && world.hasLock && world.isOnline) return beginFirstLoad(world, at)
  if (modeOf(world) === 'off' && !(world.isTagNew && world.localMode !== 'off'))
    return { state: { kind: 'off', world }, effects: [] }
  return world.isTagNew || world.isMoreToHear ? confirm(world) : { state: idle(world), effects: [] }
}

/** Nothing is under way: what is in force and was set aside is still so, whatever was resynced since. */
function idle(world: World): State {
  if (world.setAside.some(({ why }) => why === 'stuck')) return { kind: 'stuck', world, missingIds: [] }
  return world.setAside.length > 0 ? { kind: 'declined', world } : { kind: 'current', world }
}

/** Asks what is in force, as soon as that is possible. */
export function confirm(world: World): Transition {
  if (!world.isOnline || !world.hasLock)
    return { state: { kind: 'noticed', world: { ...world, isTagNew: true }, timerId: null }, effects: [] }
  const askId = world.lastId + 1
  return {
    state: { kind: 'confirming', world: { ...world, isTagNew: true, lastId: askId }, askId },
    effects: [{ kind: 'ask-in-force', id: askId }],
  }
}

/**
 * Records the attempt, and only then begins (C5): whatever kills this attempt, the next one knows of it. What was paused in
 * the tab that worked before stays so.
 */
export function beginAttempt(world: World, job: Job, at: At): Transition {
  if (world.staysPaused) return { state: { kind: 'paused', world: { ...world, staysPaused: false }, job }, effects: [] }
  const attempt = counted(job)
  const first = attempt.signals.length === 0 ? 'catchingUp' : 'comparing'
  return prepend([{ kind: 'save-attempt', attempt: attemptOf(attempt) }], goOn(first, world, attempt, at))
}

/** Equal digests at one place of the change sequence (C8): the one way for a job to be done. */
export function finishProven(world: World, job: Job, proof: Pick<JobResult, 'asOf' | 'notServed'>, at: At): Transition {
  const outcome = job.appliedItemCount === 0 ? 'consistent' : 'resynced'
  const { asOf, notServed = [] } = proof
  const named = notServed.length === 0 ? {} : { notServed }
  const result: JobResult = { outcome, job, asOf, missingIds: [], ...named }
  const isProven = ({ scope }: Signal) =>
    Object.keys(asOf).some((collection) => scopedRanges(scope, collection).length > 0)
  // A signal is proven only where something of it was compared: gates count what is told as a success.
  const proven = job.signals.filter(isProven)
  const told: Telling | null =
    proven.length === 0 ? null : { outcome, job: { ...job, signals: proven }, missingIds: [] }
  return finish(result, [{ kind: 'complete', job, told }], world, at)
}

/** Compared, told, and nothing fetched: what `observe` is for. */
export function finishObserved(world: World, job: Job, at: At): Transition {
  return finish(
    { outcome: 'observed', job, asOf: {}, missingIds: [] },
    [{ kind: 'save-attempt', attempt: null }],
    // Observed again and again, it would be told again and again.
    { ...world, isMoreToHear: false },
    at,
  )
}

/** No further attempt until something changes: another signal or version, or the app reconsiders (C5, C8). */
export function becomeStuck(
  world: World,
  job: Job,
  outcome: 'stuck' | 'failed',
  missingIds: readonly string[],
): Transition {
  const aside = asides(job, 'stuck')
  const attempt = attemptOf({ ...job, attemptCount: GIVEN_UP_COUNT })
  const told: Telling = { outcome, job, missingIds }
  const kept: Effect =
    aside.length > 0 ? { kind: 'set-aside', signals: aside, told } : { kind: 'save-attempt', attempt }
  const effects = endingOf({ outcome, job, asOf: {}, missingIds }, [kept])
  const known: World = { ...withoutWanted(world, job), setAside: [...world.setAside, ...aside] }
  return { state: { kind: 'stuck', world: known, missingIds }, effects }
}

/** The person said no, or called it off. */
export function decline(world: World, job: Job, at: At): Transition {
  const result: JobResult = { outcome: 'declined', job, asOf: {}, missingIds: [] }
  const aside = asides(job, 'declined')
  if (aside.length === 0) return finish(result, [{ kind: 'save-attempt', attempt: null }], world, at)
  return {
    state: { kind: 'declined', world: { ...world, setAside: [...world.setAside, ...aside] } },
    effects: endingOf(result, [
      { kind: 'set-aside', signals: aside, told: { outcome: 'declined', job, missingIds: [] } },
    ]),
  }
}

/** Revoked, superseded or switched off under way: what is applied stays, nothing more is begun. */
export function stop(world: World, job: Job, attempt: ResyncAttempt | null = null): Transition {
  const haltId = world.lastId + 1
  return {
    state: { kind: 'stopping', world: { ...world, lastId: haltId }, job: withoutLease(job).job, haltId },
    effects: [...withoutLease(job).effects, { kind: 'save-attempt', attempt }, { kind: 'halt', id: haltId }],
  }
}

/** A signal came that the job does not cover: it stops, and both begin anew with what was agreed to and fetched so far. */
export function makeRoom(world: World, job: Job): Transition {
  return stop(world, job, attemptOf(uncounted(job)))
}

/** Everything under way has come to rest; the cache is what the last applied page left. */
export function finishStopped(state: Extract<State, { kind: 'stopping' }>, at: At): Transition {
  const { job, world } = state
  const told: Telling = { outcome: 'stopped', job, missingIds: [] }
  const effects: readonly Effect[] = job.signals.length === 0 ? [] : [{ kind: 'report', told }]
  return finish({ outcome: 'stopped', job, asOf: {}, missingIds: [] }, effects, world, at)
}

function asides(job: Job, why: SetAsideSignal['why']): readonly SetAsideSignal[] {
  return job.signals.map(({ signalId, version }) => ({ signalId, version, why }))
}

function finish(result: JobResult, effects: readonly Effect[], world: World, at: At): Transition {
  return prepend(endingOf(result, effects), rest(withoutWanted(world, result.job), at))
}

/** What the edge does at every end of a job. */
function endingOf(result: JobResult, effects: readonly Effect[]): readonly Effect[] {
  return [...withoutLease(result.job).effects, ...effects, { kind: 'finished', result }]
}

function withoutWanted(world: World, job: Job): World {
  if (job.signals.length > 0) return world
  const done = job.collections.map(({ collection }) => collection)
  return { ...world, wantedFirstLoads: world.wantedFirstLoads.filter((wanted) => !done.includes(wanted)) }
}

function beginFirstLoad(world: World, at: At): Transition {
  const attempt = world.firstLoadAttempt
  const job = firstLoadJob({ jobId: world.lastId + 1, collections: world.wantedFirstLoads, attempt, nowMs: at.nowMs })
  const begun: World = { ...world, lastId: world.lastId + 1, firstLoadAttempt: null }
  if (job.attemptCount >= ATTEMPT_LIMIT) return becomeStuck({ ...begun, wantedFirstLoads: [] }, job, 'failed', [])
  return beginAttempt(begun, job, at)
}
