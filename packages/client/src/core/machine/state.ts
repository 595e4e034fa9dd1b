import type { ClientMode, CollectionName } from '@tidegate/protocol'
import type { ResyncAttempt, SetAsideSignal } from '../../cache.ts'
import type { Job } from './job.ts'

/**
 *                 tag differs         asks             in force            digests differ
 *      current ──────────▶ noticed ───────▶ confirming ───────▶ comparing ───────────────▶ catchingUp
 *         ▲                   ▲  no valid answer │                  │ equal: done              │      │
 *         │                   └──────────────────┤                  ▼                          │      │ merely behind:
 *         │◀───────────── nothing in force ──────┘               current                       │      ▼ done
 *         │                                                                     differs: plan  │   current
 *         │                                                                                    ▼
 *         │    equal at one place: proven        all applied          lease          yes     asking ──── not now ──▶ declined
 *         ├────────────────────── proving ◀──────── fetching ◀───────── waiting ◀──────────────┤
 *         │                          │                  ▲ denied, error, lease ran out ▲       │
 *         │                          │                  └──────────────────────────────┘       │
 *         │                          └── differs: search again, at most three rounds ──▶ catchingUp ──▶ stuck
 *         │
 *         └──────── stopping ◀── revoked, superseded, switched off: from every state with a job
 *
 *      Every state with a job ── pause ──▶ paused ── resume ──▶ comparing.   Whatever was interrupted compares again: pages
 *      applied are durable, so the difference has shrunk. `off`: switched off here or by the operator.
 *
 * Inside a state with a job, every step asks `isConfirmed` first (C2); when the answer has grown too old, the step's
 * place is taken by `confirming` and the state goes on, or stops, with what the new answer says.
 */
export type State = { readonly world: World } & (
  | { readonly kind: 'current' }
  /** Something differs and cannot be asked about yet: offline, another tab works, or after an error. */
  | { readonly kind: 'noticed'; readonly timerId: number | null }
  | { readonly kind: 'confirming'; readonly askId: number }
  | JobState
  | { readonly kind: 'stopping'; readonly haltId: number; readonly job: Job }
  | { readonly kind: 'paused'; readonly job: Job }
  | { readonly kind: 'declined' }
  /** Three proofs, or five attempts, did not bring it in order; `missingIds` are the first that could not be proven. */
  | { readonly kind: 'stuck'; readonly missingIds: readonly string[] }
  | { readonly kind: 'off' }
)

/** What a state with a job is doing right now; the id is the effect's that will answer. */
export interface Step {
  readonly kind: 'confirming' | 'working' | 'renewing' | 'leasing' | 'sleeping' | 'consenting' | 'deferring'
  readonly id: number
}

export type JobState =
  | { readonly kind: 'comparing'; readonly world: World; readonly job: Job; readonly step: Step }
  | { readonly kind: 'catchingUp'; readonly world: World; readonly job: Job; readonly step: Step }
  | {
      readonly kind: 'asking'
      readonly world: World
      readonly job: Job
      readonly step: Step
      /** A question to the guard while the person still thinks. */
      readonly confirmId: number | null
    }
  | ({ readonly kind: 'waiting'; readonly world: World; readonly job: Job; readonly step: Step } & Wait)
  | { readonly kind: 'fetching'; readonly world: World; readonly job: Job; readonly step: Step }
  | { readonly kind: 'proving'; readonly world: World; readonly job: Job; readonly step: Step }

/** What is waited for, until when, and what comes then. `fetching` and `proving` take a lease first. */
export interface Wait {
  readonly waitingFor: 'turn' | 'capacity' | 'retry' | 'confirmation' | 'online'
  readonly untilMs: number
  readonly next: 'comparing' | 'fetching' | 'proving'
}

/** What is so whatever the state is. */
export interface World {
  /** The collections the app configured, in its order. */
  readonly configured: readonly CollectionName[]
  /** The user's cap on drawing, or null (C4). */
  readonly userBytesPerSecond: number | null
  readonly localMode: ClientMode
  /** What the last valid answer said. */
  readonly remoteMode: ClientMode
  readonly isOnline: boolean
  /** This tab is the one that works (C9). */
  readonly hasLock: boolean
  /** The tag of the last valid answer. */
  readonly knownTag: string | null
  /** Another tag was seen since. */
  readonly isTagNew: boolean
  /** The last valid answer may not have told all. */
  readonly isMoreToHear: boolean
  /** What is in force, by the last valid answer, and was declined or given up. */
  readonly setAside: readonly SetAsideSignal[]
  readonly wantedFirstLoads: readonly CollectionName[]
  /** What an earlier life left of a first load. */
  readonly firstLoadAttempt: ResyncAttempt | null
  /** The person paused it in the tab that worked before: what that one left is taken up paused. */
  readonly staysPaused: boolean
  /** Questions in a row that got no valid answer. */
  readonly unansweredCount: number
  /** The id of the last effect that answers. */
  readonly lastId: number
}

export const JOB_STATES = ['comparing', 'catchingUp', 'asking', 'waiting', 'fetching', 'proving'] as const

export function isJobState(state: State): state is JobState {
  return JOB_STATES.some((kind) => kind === state.kind)
}

/** A client at rest, before it has the lock. */
export function initialState(options: {
  readonly configured: readonly CollectionName[]
  readonly localMode: ClientMode
  readonly isOnline: boolean
  readonly userBytesPerSecond?: number | null
}): State {
  const world: World = {
    configured: options.configured,
    userBytesPerSecond: options.userBytesPerSecond ?? null,
    localMode: options.localMode,
    remoteMode: 'enforce',
    isOnline: options.isOnline,
    hasLock: false,
    knownTag: null,
    isTagNew: false,
    isMoreToHear: false,
    setAside: [],
    wantedFirstLoads: [],
    firstLoadAttempt: null,
    staysPaused: false,
    unansweredCount: 0,
    lastId: 0,
  }
  return options.localMode === 'off' ? { kind: 'off', world } : { kind: 'current', world }
}

/** The stricter of what this app and the operator set. */
export function modeOf(world: World): ClientMode {
  const modes = [world.localMode, world.remoteMode]
  if (modes.includes('off')) return 'off'
  return modes.includes('observe') ? 'observe' : 'enforce'
}

/** The effects whose answers a state waits for; any other one is given up. */
export function awaitedIds(state: State): readonly number[] {
  switch (state.kind) {
    case 'noticed':
      return state.timerId === null ? [] : [state.timerId]
    case 'confirming':
      return [state.askId]
    case 'stopping':
      return [state.haltId]
    case 'asking':
      return state.confirmId === null ? [state.step.id] : [state.step.id, state.confirmId]
    default:
      return isJobState(state) ? [state.step.id] : []
  }
}
