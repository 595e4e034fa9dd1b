import { CollectionName, type LeaseGrant, LeaseGrant as LeaseGrantSchema, Signal } from '@tidegate/protocol'
import type { SetAsideSignal } from '../../cache.ts'
import type { Confirmation, Event } from './event.ts'
import { type Job, signalJob } from './job.ts'
import type { State, Step, World } from './state.ts'

/** For tests: one typical state of each kind, all at the same moment, and the events that may meet it. */
export const NOW_MS = 1_000_000
export const AT = { nowMs: NOW_MS, chance: 0.5 }
export const MESSAGES = CollectionName.parse('messages')

export function aSignal(overrides: Partial<Record<keyof Signal, unknown>> = {}): Signal {
  return Signal.parse({
    signalId: 'signal-1',
    version: 1,
    action: 'verify',
    scope: { kind: 'account' },
    cause: { causeId: 'july', kind: 'migration', title: 'July' },
    reason: 'why',
    resourceId: 'shard-1',
    notBeforeInMs: 0,
    expiresInMs: 86_400_000,
    ...overrides,
  })
}

export function aConfirmation(overrides: Partial<Confirmation> = {}): Confirmation {
  return {
    signals: [aSignal()],
    clientMode: 'enforce',
    stateTag: 'tag-1',
    untilMs: NOW_MS + 10_000,
    isCut: false,
    ...overrides,
  }
}

export function aGrant(overrides: Partial<LeaseGrant> = {}): LeaseGrant {
  return LeaseGrantSchema.parse({
    leaseId: 'lease-1',
    resourceId: 'shard-1',
    bytesPerSecond: 1_000,
    termMs: 10_000,
    budgetBytes: 50_000,
    pageBytes: 2_000,
    concurrency: 2,
    ...overrides,
  })
}

function anAside(why: SetAsideSignal['why']): SetAsideSignal {
  return { signalId: aSignal().signalId, version: 1, why }
}

export const WORLD: World = {
  configured: [MESSAGES],
  userBytesPerSecond: null,
  localMode: 'enforce',
  remoteMode: 'enforce',
  isOnline: true,
  hasLock: true,
  knownTag: 'tag-1',
  isTagNew: false,
  isMoreToHear: false,
  setAside: [],
  wantedFirstLoads: [],
  firstLoadAttempt: null,
  staysPaused: false,
  unansweredCount: 0,
  lastId: 7,
}

export const JOB: Job = {
  ...signalJob({
    jobId: 1,
    signals: [aSignal()],
    configured: [MESSAGES],
    isObserving: false,
    confirmedUntilMs: NOW_MS + 5_000,
    attempt: null,
    nowMs: NOW_MS,
  }),
  attemptCount: 1,
  isCounted: true,
  differs: { itemCount: 50, bytes: 50_000 },
  remainingBytes: 50_000,
}

const LEASED: Job = {
  ...JOB,
  proofRound: 1,
  lease: {
    leaseId: aGrant().leaseId,
    bytesPerSecond: 1_000,
    pageBytes: 2_000,
    renewAtMs: NOW_MS + 5_000,
    endsAtMs: NOW_MS + 10_000,
    leftBytes: 50_000,
  },
}

const doing = (kind: Step['kind']): Step => ({ kind, id: 7 })

export const SITUATIONS: { readonly [Kind in State['kind']]: Extract<State, { kind: Kind }> } = {
  current: { kind: 'current', world: WORLD },
  noticed: { kind: 'noticed', world: { ...WORLD, isTagNew: true }, timerId: 7 },
  confirming: { kind: 'confirming', world: { ...WORLD, isTagNew: true }, askId: 7 },
  comparing: { kind: 'comparing', world: WORLD, job: JOB, step: doing('working') },
  catchingUp: { kind: 'catchingUp', world: WORLD, job: JOB, step: doing('working') },
  asking: { kind: 'asking', world: WORLD, job: JOB, step: doing('consenting'), confirmId: null },
  waiting: {
    kind: 'waiting',
    world: WORLD,
    job: JOB,
    step: doing('leasing'),
    waitingFor: 'turn',
    untilMs: NOW_MS,
    next: 'fetching',
  },
  fetching: { kind: 'fetching', world: WORLD, job: LEASED, step: doing('working') },
  proving: { kind: 'proving', world: WORLD, job: LEASED, step: doing('working') },
  stopping: { kind: 'stopping', world: WORLD, job: JOB, haltId: 7 },
  paused: { kind: 'paused', world: WORLD, job: JOB },
  declined: { kind: 'declined', world: { ...WORLD, setAside: [anAside('declined')] } },
  stuck: { kind: 'stuck', world: { ...WORLD, setAside: [anAside('stuck')] }, missingIds: ['messages-1'] },
  off: { kind: 'off', world: { ...WORLD, remoteMode: 'off' } },
}

const nothingLeft = { completed: [], setAside: [], attempt: null } as const
const drew = { startedAtMs: NOW_MS, drawnBytes: 500, appliedItemCount: 5, appliedBytes: 500 }

/** Every event, in each of its meanings; `given` is what has to be so for it to mean anything. */
export const CASES = {
  tagDiffers: { event: { kind: 'tagSeen', tag: 'tag-2' } },
  tagAsBefore: { event: { kind: 'tagSeen', tag: 'tag-1' } },
  hinted: { event: { kind: 'hinted' } },
  goesOffline: { event: { kind: 'offline' } },
  comesOnline: { event: { kind: 'online' }, given: { isOnline: false } },
  gainsLock: { event: { kind: 'lockGained', attempt: null }, given: { hasLock: false } },
  gainsLockAfterCrash: {
    event: {
      kind: 'lockGained',
      attempt: { signalId: aSignal().signalId, version: 1, attemptCount: 1, appliedItemCount: 0, appliedBytes: 0 },
    },
    given: { hasLock: false },
  },
  gainsLockOfPaused: {
    event: {
      kind: 'lockGained',
      attempt: { signalId: aSignal().signalId, version: 1, attemptCount: 0, appliedItemCount: 0, appliedBytes: 0 },
      isPaused: true,
    },
    given: { hasLock: false },
  },
  losesLock: { event: { kind: 'lockLost' } },
  pause: { event: { kind: 'pauseAsked' } },
  resume: { event: { kind: 'resumeAsked' } },
  cancel: { event: { kind: 'cancelAsked' } },
  reconsider: { event: { kind: 'reconsiderAsked' } },
  firstLoad: { event: { kind: 'firstLoadAsked', collections: [MESSAGES], attempt: null } },
  firstLoadElsewhere: {
    event: { kind: 'firstLoadEnded', collections: [MESSAGES] },
    given: { wantedFirstLoads: [MESSAGES], hasLock: false },
  },
  setOff: { event: { kind: 'modeSet', mode: 'off' } },
  setEnforce: { event: { kind: 'modeSet', mode: 'enforce' }, given: { localMode: 'off' } },
  setObserve: { event: { kind: 'modeSet', mode: 'observe' } },
  confirmed: { event: { kind: 'answered', id: 7, confirmation: aConfirmation(), ...nothingLeft } },
  confirmedPaused: {
    event: { kind: 'answered', id: 7, confirmation: aConfirmation(), ...nothingLeft },
    given: { staysPaused: true },
  },
  revoked: {
    event: { kind: 'answered', id: 7, confirmation: aConfirmation({ signals: [], stateTag: null }), ...nothingLeft },
  },
  higherVersion: {
    event: {
      kind: 'answered',
      id: 7,
      confirmation: aConfirmation({ signals: [aSignal({ version: 2 })] }),
      ...nothingLeft,
    },
  },
  sameScopeToo: {
    event: {
      kind: 'answered',
      id: 7,
      confirmation: aConfirmation({ signals: [aSignal(), aSignal({ signalId: 'signal-2' })] }),
      ...nothingLeft,
    },
  },
  refetchToo: {
    event: {
      kind: 'answered',
      id: 7,
      confirmation: aConfirmation({ signals: [aSignal(), aSignal({ signalId: 'signal-2', action: 'refetch' })] }),
      ...nothingLeft,
    },
  },
  alreadyCompleted: {
    event: {
      kind: 'answered',
      id: 7,
      confirmation: aConfirmation(),
      completed: [{ signalId: aSignal().signalId, version: 1 }],
      setAside: [],
      attempt: null,
    },
  },
  alreadyDeclined: {
    event: { kind: 'answered', id: 7, confirmation: aConfirmation(), ...nothingLeft, setAside: [anAside('declined')] },
  },
  alreadyStuck: {
    event: { kind: 'answered', id: 7, confirmation: aConfirmation(), ...nothingLeft, setAside: [anAside('stuck')] },
  },
  remoteOff: { event: { kind: 'answered', id: 7, confirmation: aConfirmation({ clientMode: 'off' }), ...nothingLeft } },
  remoteObserve: {
    event: { kind: 'answered', id: 7, confirmation: aConfirmation({ clientMode: 'observe' }), ...nothingLeft },
  },
  noValidAnswer: { event: { kind: 'unanswered', id: 7, retryAfterMs: null } },
  wakes: { event: { kind: 'woke', id: 7 } },
  steps: { event: { kind: 'stepped', id: 7, ...drew } },
  equal: { event: { kind: 'matched', id: 7, asOf: { messages: 9 } } },
  differs: { event: { kind: 'differed', id: 7 } },
  planned: { event: { kind: 'planned', id: 7, itemCount: 50, bytes: 50_000, ids: ['messages-1'] } },
  drained: { event: { kind: 'drained', id: 7 } },
  saysNow: { event: { kind: 'consented', id: 7, choice: 'now', isPersons: true } },
  coveredByBudget: { event: { kind: 'consented', id: 7, choice: 'now', isPersons: false } },
  saysTonight: { event: { kind: 'consented', id: 7, choice: 'tonight', isPersons: true } },
  saysNotNow: { event: { kind: 'consented', id: 7, choice: 'not-now', isPersons: true } },
  leased: { event: { kind: 'leased', id: 7, grant: aGrant(), requestedAtMs: NOW_MS } },
  deniedWait: { event: { kind: 'denied', id: 7, denial: { kind: 'no-capacity', retryAfterMs: 4_000 } } },
  deniedRenew: { event: { kind: 'denied', id: 7, denial: { kind: 'lease-ended' } } },
  deniedStop: { event: { kind: 'denied', id: 7, denial: { kind: 'not-in-force', signalId: aSignal().signalId } } },
  deniedGiveUp: { event: { kind: 'denied', id: 7, denial: { kind: 'forbidden', needsRole: 'operator' } } },
  networkFails: { event: { kind: 'failed', id: 7, isTransient: true, message: 'fetch failed' } },
  fails: { event: { kind: 'failed', id: 7, isTransient: false, message: 'disk full' } },
  halts: { event: { kind: 'halted', id: 7 } },
} as const satisfies Record<string, { readonly event: Event; readonly given?: Partial<World> }>

export type Case = keyof typeof CASES

/** Compiles only while every kind of event has a case. */
export const ALL_EVENTS_HAVE_A_CASE: Exclude<Event['kind'], (typeof CASES)[Case]['event']['kind']> extends never
  ? true
  : never = true
