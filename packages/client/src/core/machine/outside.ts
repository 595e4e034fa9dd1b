import type { Effect } from './effect.ts'
import type { At, OutsideEvent } from './event.ts'
import { atRest, compareAgain, prepend, type Transition, waitFor, withoutLease } from './go-on.ts'
import { confirm, decline, rest, stop } from './rest.ts'
import { isJobState, modeOf, type State, type World } from './state.ts'

/** What something outside the machine does to it, in every state. */
export function stepOutside(state: State, event: OutsideEvent, at: At): Transition {
  const { world } = state
  const nothing: Transition = { state, effects: [] }
  switch (event.kind) {
    case 'tagSeen':
      return tagSeen(state, event.tag !== world.knownTag, at)
    case 'hinted':
      return tagSeen(state, true, at)
    case 'online':
      if (world.isOnline) return nothing
      return cameOnline({ ...state, world: { ...world, isOnline: true } }, at)
    case 'offline':
      if (!world.isOnline) return nothing
      return wentOffline({ ...state, world: { ...world, isOnline: false } }, at)
    case 'lockGained':
      if (world.hasLock) return nothing
      return lockGained(
        {
          ...state,
          world: {
            ...world,
            hasLock: true,
            isTagNew: world.isTagNew || event.attempt !== null,
            staysPaused: event.isPaused === true && event.attempt !== null,
          },
        },
        at,
      )
    case 'lockLost':
      return world.hasLock ? lockLost({ ...state, world: { ...world, hasLock: false } }) : nothing
    case 'pauseAsked':
      if (!isJobState(state)) return nothing
      return keepJob(state)
    case 'resumeAsked':
      if (state.kind === 'paused') return compareAgain(world, state.job, at)
      return world.staysPaused ? { state: { ...state, world: { ...world, staysPaused: false } }, effects: [] } : nothing
    case 'cancelAsked':
      return isJobState(state) || state.kind === 'paused' ? decline(world, state.job, at) : nothing
    case 'reconsiderAsked':
      return reconsider({ ...state, world: { ...world, setAside: [] } })
    case 'firstLoadAsked':
      return firstLoadAsked(state, event, at)
    case 'firstLoadEnded':
      return firstLoadEnded(state, event.collections)
    case 'modeSet':
      return event.mode === world.localMode
        ? nothing
        : modeSet({ ...state, world: { ...world, localMode: event.mode } }, at)
  }
}

/** Ordinary responses carry a tag; another one than the last answer's says "look again", and nothing else. */
function tagSeen(state: State, isNew: boolean, at: At): Transition {
  const nothing: Transition = { state, effects: [] }
  if (isNew === state.world.isTagNew) return nothing
  const world: World = { ...state.world, isTagNew: isNew }
  switch (state.kind) {
    case 'off':
      return world.localMode === 'off' ? nothing : rest(world, at)
    case 'current':
    case 'declined':
    case 'stuck':
      return isNew ? confirm(world) : { state: { ...state, world }, effects: [] }
    case 'noticed':
    case 'confirming':
      return nothing
    case 'stopping':
      return { state: { ...state, world }, effects: [] }
    case 'asking': {
      if (!isNew || !world.isOnline || state.confirmId !== null) return { state: { ...state, world }, effects: [] }
      // The person goes on thinking while the guard is asked whether there is still something to think about.
      const confirmId = world.lastId + 1
      return {
        state: { ...state, world: { ...world, lastId: confirmId }, confirmId },
        effects: [{ kind: 'ask-in-force', id: confirmId }],
      }
    }
    case 'waiting': {
      const unconfirmed = { ...state, world, job: { ...state.job, confirmedUntilMs: at.nowMs } }
      if (!isNew || state.step.kind !== 'sleeping' || !world.isOnline) return { state: unconfirmed, effects: [] }
      const id = world.lastId + 1
      return {
        state: { ...unconfirmed, world: { ...world, lastId: id }, step: { kind: 'confirming', id } },
        effects: [{ kind: 'ask-in-force', id }],
      }
    }
    default:
      // The next step will ask.
      return { state: { ...state, world, job: { ...state.job, confirmedUntilMs: at.nowMs } }, effects: [] }
  }
}

function cameOnline(state: State, at: At): Transition {
  if (state.kind === 'noticed') return confirm(state.world)
  if (state.kind === 'waiting') return waitFor({ ...state, untilMs: at.nowMs }, state.world, state.job, at)
  return isIdle(state) && state.world.wantedFirstLoads.length > 0 ? rest(state.world, at) : { state, effects: [] }
}

function wentOffline(state: State, at: At): Transition {
  if (state.kind === 'confirming' || state.kind === 'noticed') return confirm(state.world)
  if (!isJobState(state) || state.kind === 'asking') return { state, effects: [] }
  return waitFor({ waitingFor: 'online', untilMs: at.nowMs, next: 'comparing' }, state.world, state.job, at)
}

function lockGained(state: State, at: At): Transition {
  const { world } = state
  if (state.kind === 'noticed') return confirm(world)
  const isToDo = world.isTagNew || world.wantedFirstLoads.length > 0
  return isIdle(state) && isToDo ? rest(world, at) : { state, effects: [] }
}

/** Another tab works now (C9). What was applied stays; this tab asks anew should it get the lock back. */
function lockLost(state: State): Transition {
  // What is set aside is read again with the next answer: the tab that works now may reconsider it.
  const world: World = { ...state.world, isTagNew: true, setAside: [] }
  const noticed: State = { kind: 'noticed', world, timerId: null }
  if (isJobState(state) || state.kind === 'paused') {
    return { state: noticed, effects: withoutLease(state.job).effects }
  }
  if (state.kind === 'confirming' || state.kind === 'noticed' || state.kind === 'stopping')
    return { state: noticed, effects: [] }
  return { state, effects: [] }
}

/** What was set aside is asked about again: at once, or with the next question of what is under way. */
function reconsider(state: State): Transition {
  const world: World = { ...state.world, isTagNew: true }
  const forgotten: Effect = { kind: 'reconsider' }
  switch (state.kind) {
    case 'current':
    case 'declined':
    case 'stuck':
      return prepend([forgotten, { kind: 'save-attempt', attempt: null }], confirm(world))
    case 'confirming':
      return prepend([forgotten], confirm(world))
    default:
      return { state: { ...state, world }, effects: [forgotten] }
  }
}

function keepJob(state: Extract<State, { job: unknown }>): Transition {
  const { job, effects } = atRest(state.job)
  return { state: { kind: 'paused', world: state.world, job }, effects }
}

function firstLoadAsked(state: State, event: Extract<OutsideEvent, { kind: 'firstLoadAsked' }>, at: At): Transition {
  const more = event.collections.filter((collection) => !state.world.wantedFirstLoads.includes(collection))
  if (more.length === 0) return { state, effects: [] }
  const world: World = {
    ...state.world,
    wantedFirstLoads: [...state.world.wantedFirstLoads, ...more],
    firstLoadAttempt: event.attempt?.signalId === null ? event.attempt : state.world.firstLoadAttempt,
  }
  return isIdle(state) ? rest(world, at) : { state: { ...state, world }, effects: [] }
}

/** What is done, or was called off, is not begun again by the tab that works next (C9). */
function firstLoadEnded(state: State, collections: readonly string[]): Transition {
  const { world } = state
  const wantedFirstLoads = world.wantedFirstLoads.filter((wanted) => !collections.includes(wanted))
  if (wantedFirstLoads.length === world.wantedFirstLoads.length) return { state, effects: [] }
  return { state: { ...state, world: { ...world, wantedFirstLoads } }, effects: [] }
}

function modeSet(state: State, at: At): Transition {
  const { world } = state
  const mode = modeOf(world)
  const isTooMuch =
    (isJobState(state) || state.kind === 'paused') &&
    state.job.signals.length > 0 &&
    (mode === 'off' || (mode === 'observe' && !state.job.isObserving))
  if (isTooMuch) return stop(world, state.job)
  const effects: readonly Effect[] = []
  if (mode === 'off' && !isJobState(state) && state.kind !== 'paused' && state.kind !== 'stopping')
    return { state: { kind: 'off', world }, effects }
  // Switched on again: what was noticed before, or meanwhile, is asked about.
  return state.kind === 'off' && mode !== 'off' ? rest(world, at) : { state, effects }
}

function isIdle(state: State): boolean {
  return ['current', 'declined', 'stuck', 'off'].includes(state.kind)
}
