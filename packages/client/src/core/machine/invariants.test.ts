import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ATTEMPT_LIMIT,
  backoffMs,
  FIRST_BACKOFF_MS,
  LONGEST_BACKOFF_MS,
  nextPageAtMs,
  pageBytesFor,
  SHORTEST_DENIED_WAIT_MS,
} from '../pacing.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { PROOF_ROUND_LIMIT } from './results.ts'
import { aConfirmation, aGrant, aSignal, CASES, type Case, JOB, MESSAGES, NOW_MS, SITUATIONS } from './situations.ts'
import { awaitedIds, initialState, isJobState, type JobState, type State } from './state.ts'
import { step } from './step.ts'

/** What happens next: which event, after how long, and how its variable parts turn out. */
const happening = fc.record({
  name: fc.constantFrom(...Object.values(CASES).map((_, at) => Object.keys(CASES)[at] as keyof typeof CASES)), // keys of that very object
  afterMs: fc.oneof(
    { weight: 3, arbitrary: fc.nat(50) },
    { weight: 6, arbitrary: fc.nat(1_500) },
    { weight: 1, arbitrary: fc.nat(12_000) },
  ),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  isStale: fc.boolean(),
  /** Mostly what a state waits for happens, or a resync would hardly ever get as far as fetching. */
  isExpected: fc.integer({ min: 0, max: 9 }).map((of10) => of10 < 9),
  notBeforeInMs: fc.constantFrom(0, 0, 20_000),
  signalCount: fc.integer({ min: 1, max: 2 }),
})

interface Seen {
  readonly before: State
  readonly after: State
  readonly event: Event
  readonly effects: readonly Effect[]
  readonly nowMs: number
}

/** Any state may be where a sequence starts; one client at rest among them. */
const STARTS: readonly State[] = Object.values(SITUATIONS)

/** Plays any sequence of events, those that answer with the ids that are waited for, and looks at each step. */
function play(look: (seen: Seen) => void, numRuns = 400): void {
  fc.assert(
    fc.property(
      fc.constantFrom(...STARTS),
      fc.array(happening, { minLength: 20, maxLength: 300, size: 'max' }),
      (start, happenings) => {
        let nowMs = NOW_MS
        let state = start
        for (const each of happenings) {
          nowMs += each.afterMs
          const event = eventOf(each, state, nowMs)
          const { state: after, effects } = step(state, event, { nowMs, chance: each.chance })
          look({ before: state, after, event, effects, nowMs })
          state = after
        }
      },
    ),
    { numRuns },
  )
}

/** What each kind of step is likely to come to. */
const EXPECTED = {
  confirming: ['confirmed'],
  leasing: ['leased'],
  renewing: ['leased'],
  sleeping: ['wakes'],
  consenting: ['saysNow', 'saysTonight'],
  deferring: ['wakes'],
} as const satisfies Record<string, readonly Case[]>
const EXPECTED_OF_WORK = {
  comparing: ['differs', 'differs', 'equal'],
  catchingUp: ['steps', 'planned', 'planned'],
  fetching: ['steps', 'steps', 'drained'],
  proving: ['steps', 'differs', 'differs', 'equal'],
  asking: ['saysNow'],
  waiting: ['wakes'],
} as const satisfies Record<JobState['kind'], readonly Case[]>

function expectedIn(state: State): readonly Case[] {
  if (isJobState(state)) return state.step.kind === 'working' ? EXPECTED_OF_WORK[state.kind] : EXPECTED[state.step.kind]
  if (state.kind === 'confirming') return ['confirmed', 'sameScopeToo']
  if (state.kind === 'noticed') return ['comesOnline', 'gainsLock', 'wakes']
  if (state.kind === 'stopping') return ['halts']
  return state.kind === 'paused' ? ['resume'] : ['tagDiffers', 'tagDiffers', 'reconsider', 'setEnforce', 'firstLoad']
}

function eventOf(each: typeof happening extends fc.Arbitrary<infer T> ? T : never, state: State, nowMs: number): Event {
  const expected = expectedIn(state)
  const name = each.isExpected ? (expected[Math.floor(each.chance * expected.length)] ?? each.name) : each.name
  const template: Event = CASES[name].event
  if (!('id' in template)) return template
  const id = each.isStale && !each.isExpected ? 0 : (awaitedIds(state).at(each.chance < 0.5 ? 0 : -1) ?? 0)
  if (template.kind === 'answered' && template.confirmation.signals.length > 0) {
    const signals = template.confirmation.signals.map((signal) => ({ ...signal, notBeforeInMs: each.notBeforeInMs }))
    return { ...template, id, confirmation: { ...template.confirmation, signals, untilMs: nowMs + 10_000 } }
  }
  if (template.kind === 'leased') return { ...template, id, grant: aGrant(), requestedAtMs: nowMs - 10 }
  return template.kind === 'stepped' ? { ...template, id, startedAtMs: nowMs } : { ...template, id }
}

const works = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'work' ? [effect] : []))
const isBeginning = ({ kind }: Effect) => kind === 'work' || kind === 'request-lease' || kind === 'renew-lease'

test('the sequences played do get into every state', () => {
  const seen = new Set<string>()
  play(({ after }) => seen.add(after.kind))
  expect([...seen].toSorted()).toEqual(Object.keys(SITUATIONS).toSorted())
})

test('no step runs without an answer that confirms it and is still valid (C2)', () => {
  play(({ effects, nowMs }) => {
    for (const effect of effects) {
      if ((effect.kind === 'work' || effect.kind === 'request-lease') && effect.job.signals.length > 0) {
        expect(nowMs).toBeLessThan(effect.job.confirmedUntilMs)
      }
    }
  })
})

test('no page is asked for without a lease, before the last one is paid for, or larger than leased (C4)', () => {
  play(({ effects, nowMs }) => {
    for (const { phase, job, pageBytes } of works(effects)) {
      if (phase !== 'fetch' && phase !== 'prove') continue
      expect(job.lease).not.toBeNull()
      expect(nowMs).toBeLessThan(job.lease?.endsAtMs ?? 0)
      expect(nowMs).toBeGreaterThanOrEqual(job.nextPageAtMs)
      expect(pageBytes).toBeLessThanOrEqual(job.lease?.pageBytes ?? 0)
    }
  })
})

test('there is never more than one piece of work under way, so errors cannot mean more of them (C4)', () => {
  play(({ after, effects }) => {
    expect(works(effects).length).toBeLessThanOrEqual(1)
    expect(awaitedIds(after).length).toBeLessThanOrEqual(after.kind === 'asking' ? 2 : 1)
  })
})

test('an attempt is saved before its first step, and beyond the limit none is begun (C5)', () => {
  const saved = new Set<number>()
  play(({ after, effects }) => {
    for (const effect of effects) {
      if (effect.kind === 'save-attempt' && effect.attempt !== null && isJobState(after)) saved.add(after.job.jobId)
      if (effect.kind !== 'work') continue
      // Situations start in the middle of a job whose attempt was saved before.
      if (effect.job.jobId !== JOB.jobId) expect(saved).toContain(effect.job.jobId)
      expect(effect.job.attemptCount).toBeLessThanOrEqual(ATTEMPT_LIMIT)
    }
    if (after.kind === 'current' || after.kind === 'off') saved.clear()
  })
})

test('without a valid answer nothing is begun, and the next question comes later (C6)', () => {
  play(({ before, after, event, effects, nowMs }) => {
    if (event.kind !== 'unanswered' || after === before || before.kind === 'asking') return
    expect(effects.filter(isBeginning)).toEqual([])
    const sleeps = effects.flatMap((effect) => (effect.kind === 'sleep' ? [effect] : []))
    if (after.world.isOnline)
      for (const { untilMs } of sleeps) expect(untilMs).toBeGreaterThanOrEqual(nowMs + FIRST_BACKOFF_MS / 2)
  })
})

test('no lease is asked for before the turn that the guard gave (C7)', () => {
  play(({ effects, nowMs }) => {
    for (const effect of effects)
      if (effect.kind === 'request-lease') expect(nowMs).toBeGreaterThanOrEqual(effect.job.notBeforeAtMs)
  })
})

test('only equal digests complete a signal, and no fourth proof is begun (C8)', () => {
  play(({ event, effects }) => {
    if (effects.some(({ kind }) => kind === 'complete')) expect(event.kind).toBe('matched')
    for (const { job } of works(effects)) expect(job.proofRound).toBeLessThanOrEqual(PROOF_ROUND_LIMIT)
  })
})

test('a tab without the lock asks nothing and does nothing (C9)', () => {
  play(({ after, effects }) => {
    if (after.world.hasLock) return
    expect(effects.filter((effect) => isBeginning(effect) || effect.kind === 'ask-in-force')).toEqual([])
    expect(isJobState(after)).toBe(false)
  })
})

test('when nothing happened, the same state object comes back', () => {
  play(({ before, after, effects }) => {
    if (after !== before && effects.length === 0) expect(JSON.stringify(after)).not.toBe(JSON.stringify(before))
  })
})

test('a lease that is held is given back by whatever state no longer draws', () => {
  play(({ before, after, event, effects }) => {
    const held = isJobState(before) ? before.job.lease?.leaseId : undefined
    const isHeldStill = isJobState(after) && after.job.lease !== null
    if (held === undefined || isHeldStill || (event.kind === 'denied' && event.denial.kind === 'lease-ended')) return
    if (after.kind === 'waiting' && after.step.kind === 'confirming') return
    expect(effects).toContainEqual({ kind: 'end-lease', leaseId: held })
  })
})

test('waits after errors double from 5 s to 5 min, half of each is chance, and pages only shrink (C4, C6)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 1, max: 1e7 }),
      (count, chance, leased) => {
        expect(backoffMs(count, chance)).toBeGreaterThanOrEqual(FIRST_BACKOFF_MS / 2)
        expect(backoffMs(count, chance)).toBeLessThanOrEqual(LONGEST_BACKOFF_MS)
        expect(backoffMs(count + 1, chance)).toBeGreaterThanOrEqual(backoffMs(count, chance))
        expect(pageBytesFor(leased, count, 0)).toBeLessThanOrEqual(pageBytesFor(leased, count - 1, 0))
        expect(pageBytesFor(leased, 0, count)).toBeLessThanOrEqual(pageBytesFor(leased, 0, count - 1))
        expect(pageBytesFor(leased, count, count)).toBeLessThanOrEqual(leased)
      },
    ),
  )
  expect(nextPageAtMs({ startedAtMs: 100, bytes: 500 }, 1_000)).toBe(600)
})

test('a denial that names no delay is not followed at once, however often it comes (C4, C6)', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('waiting', 'fetching', 'proving'),
      fc.constantFrom('no-capacity', 'not-your-turn', 'switched-off', 'unavailable'),
      fc.integer({ min: 0, max: 3_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (kind, reason, retryAfterMs, chance) => {
        const event = { kind: 'denied', id: 7, denial: { kind: reason, retryAfterMs } } as const
        const { state } = step(SITUATIONS[kind], event, { nowMs: NOW_MS, chance })
        if (state.kind !== 'waiting') throw new Error(`Cannot wait while ${state.kind}`)
        const waitMs = state.untilMs - NOW_MS
        expect(waitMs).toBeGreaterThanOrEqual(Math.max(retryAfterMs, SHORTEST_DENIED_WAIT_MS / 2))
        expect(waitMs).toBeLessThanOrEqual(Math.max(retryAfterMs, SHORTEST_DENIED_WAIT_MS))
      },
    ),
  )
})

test('several signals of one scope are one job, which waits for the latest of their turns (C5, C7)', () => {
  const asked = step(
    initialState({ configured: [MESSAGES], localMode: 'enforce', isOnline: true }),
    { kind: 'lockGained', attempt: null },
    { nowMs: 0, chance: 0 },
  ).state
  const { state: confirming } = step(asked, { kind: 'tagSeen', tag: 'tag-2' }, { nowMs: 0, chance: 0 })
  const signals = [aSignal({ notBeforeInMs: 100 }), aSignal({ signalId: 'signal-2', notBeforeInMs: 900 })]
  const answered = {
    kind: 'answered',
    id: awaitedIds(confirming)[0] ?? 0,
    confirmation: aConfirmation({ signals }),
    completed: [],
    setAside: [],
    attempt: null,
  } as const
  const { state } = step(confirming, answered, { nowMs: 10, chance: 0 })
  expect(state).toMatchObject({
    kind: 'comparing',
    job: { collections: [{ collection: 'messages' }], notBeforeAtMs: 910 },
  })
})
