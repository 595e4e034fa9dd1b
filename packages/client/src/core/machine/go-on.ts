import { isCovered } from '../consent.ts'
import { pageBytesFor } from '../pacing.ts'
import type { Effect, Phase } from './effect.ts'
import type { At } from './event.ts'
import { attemptOf, counted, isConfirmed, type Job, uncounted } from './job.ts'
import type { JobState, State, Step, Wait, World } from './state.ts'

/** A state, and what the edge is to do on the way there. */
export interface Transition {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** Room asked for while proving, where nobody knows yet what changed meanwhile; what is not drawn goes back. */
const PROVING_ROOM_BYTES = 65_536

const PHASE = {
  comparing: 'compare',
  catchingUp: 'catch-up',
  fetching: 'fetch',
  proving: 'prove',
} as const satisfies Record<string, Phase>

/** Takes the next step of a job, after whatever has to come before it: a network, a fresh answer, a lease, the pace. */
export function goOn(
  kind: 'comparing' | 'catchingUp' | 'fetching' | 'proving',
  world: World,
  job: Job,
  at: At,
): Transition {
  if (!world.isOnline) return waitFor({ waitingFor: 'online', untilMs: at.nowMs, next: 'comparing' }, world, job, at)
  if (!isConfirmed(job, at.nowMs)) return ask({ kind, world, job })
  if (kind === 'comparing' || kind === 'catchingUp') return work(kind, world, job)
  const { lease } = job
  if (lease === null || at.nowMs >= lease.endsAtMs) return takeLease(kind, world, job, at)
  if (at.nowMs >= lease.renewAtMs || lease.leftBytes <= 0) {
    const effect = { kind: 'renew-lease', leaseId: lease.leaseId, wantBytes: wanted(kind, job) } as const
    return begin({ kind, world, job }, 'renewing', effect)
  }
  // C4: the rate has to have paid for the last page before another is drawn. One that is held is written down at once:
  // a device that dies while the rate is paid must not have to draw it again.
  if (at.nowMs < job.nextPageAtMs && !job.holdsPage) {
    return begin({ kind, world, job }, 'sleeping', {
      kind: 'sleep',
      untilMs: Math.min(job.nextPageAtMs, lease.renewAtMs),
    })
  }
  return work(kind, world, job)
}

/** Waits, and then takes a lease or compares. The lease that is held goes back: whoever waits does not draw. */
export function waitFor(wait: Wait, world: World, held: Job, at: At): Transition {
  const { job, effects } = atRest(held)
  if (!world.isOnline) {
    // The id is taken and nobody will use it: what ends this wait is the network.
    const step: Step = { kind: 'sleeping', id: world.lastId + 1 }
    const offline: Wait = { waitingFor: 'online', untilMs: at.nowMs, next: 'comparing' }
    return { state: { kind: 'waiting', ...offline, world: { ...world, lastId: step.id }, job, step }, effects }
  }
  // C7: whatever was waited for, no lease before the turn that the guard gave.
  const untilMs = wait.next === 'comparing' ? wait.untilMs : Math.max(wait.untilMs, job.notBeforeAtMs)
  if (at.nowMs < untilMs) {
    const waiting = { kind: 'waiting', ...wait, untilMs, world, job } as const
    return prepend(effects, begin(waiting, 'sleeping', { kind: 'sleep', untilMs }))
  }
  if (!isConfirmed(job, at.nowMs)) return prepend(effects, ask({ kind: 'waiting', ...wait, world, job }))
  if (wait.next === 'comparing') return prepend(effects, compareAgain(world, job, at))
  const effect = { kind: 'request-lease', job, wantBytes: wanted(wait.next, job) } as const
  return prepend(effects, begin({ kind: 'waiting', ...wait, world, job }, 'leasing', effect))
}

/** Compares after a rest. Whatever kills it from here on, the next life knows of it (C5). */
export function compareAgain(world: World, rested: Job, at: At): Transition {
  const job = counted(rested)
  const effects: readonly Effect[] = job === rested ? [] : [{ kind: 'save-attempt', attempt: attemptOf(job) }]
  return prepend(effects, goOn('comparing', world, job, at))
}

/** The way to a lease: the client's turn first, which is the guard's to say (C7). */
export function takeLease(next: 'fetching' | 'proving', world: World, job: Job, at: At): Transition {
  return waitFor({ waitingFor: 'turn', untilMs: job.notBeforeAtMs, next }, world, job, at)
}

/** Asks the person, unless what was agreed to covers the figure. A first load was asked for by the app: that is the consent. */
export function askConsent(world: World, job: Job, at: At): Transition {
  const { differs } = job
  const [signal] = job.signals
  const bytes = job.appliedBytes + (differs?.bytes ?? 0)
  if (signal === undefined || differs === null || isCovered(job.consentedBytes, bytes))
    return takeLease('fetching', world, job, at)
  const { job: waitingJob, effects } = withoutLease(job)
  const question = {
    bytes: differs.bytes,
    itemCount: differs.itemCount,
    estimatedMs: job.lease === null ? null : Math.round((differs.bytes * 1000) / job.lease.bytesPerSecond),
    reason: signal.reason,
    cause: signal.cause,
    signalId: signal.signalId,
    collections: job.collections.map(({ collection }) => collection),
  }
  const asking = { kind: 'asking', world, job: waitingJob, confirmId: null } as const
  return prepend(effects, begin(asking, 'consenting', { kind: 'ask-consent', question }))
}

/** Puts a question to the guard in the place of the step that needs its answer. */
export function ask(state: Unstepped): Transition {
  return begin(state, 'confirming', { kind: 'ask-in-force' })
}

/** Gives the lease back, if one is held. */
export function withoutLease(job: Job): { readonly job: Job; readonly effects: readonly Effect[] } {
  if (job.lease === null) return { job, effects: [] }
  return {
    job: { ...job, lease: null, holdsPage: false },
    effects: [{ kind: 'end-lease', leaseId: job.lease.leaseId }],
  }
}

/** The job as it waits: without a lease, and not counted as an attempt, because an app closed meanwhile has not failed (C5). */
export function atRest(held: Job): { readonly job: Job; readonly effects: readonly Effect[] } {
  const { job: leaseless, effects } = withoutLease(held)
  const job = uncounted(leaseless)
  if (job === leaseless) return { job, effects }
  return { job, effects: [...effects, { kind: 'save-attempt', attempt: attemptOf(job) }] }
}

export function prepend(effects: readonly Effect[], transition: Transition): Transition {
  return effects.length === 0 ? transition : { ...transition, effects: [...effects, ...transition.effects] }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** A state with a job that has not yet been told what to do. */
export type Unstepped = DistributiveOmit<JobState, 'step'>
type Idless = DistributiveOmit<Extract<Effect, { id: number }>, 'id'>

/** Begins an effect that answers, and waits for it. */
export function begin(state: Unstepped, doing: Step['kind'], effect: Idless): Transition {
  const id = state.world.lastId + 1
  return {
    state: { ...state, world: { ...state.world, lastId: id }, step: { kind: doing, id } } as JobState, // Unstepped is JobState without its step
    effects: [{ ...effect, id } as Effect], // Idless is an effect without its id
  }
}

function work(kind: keyof typeof PHASE, world: World, job: Job): Transition {
  const pageBytes = pageBytesFor(job.lease?.pageBytes ?? 0, job.failureCount, job.attemptCount)
  return begin({ kind, world, job }, 'working', { kind: 'work', phase: PHASE[kind], job, pageBytes })
}

function wanted(next: 'comparing' | 'fetching' | 'proving', job: Job): number {
  return next === 'fetching' ? Math.max(1, job.remainingBytes) : Math.max(PROVING_ROOM_BYTES, job.remainingBytes)
}
