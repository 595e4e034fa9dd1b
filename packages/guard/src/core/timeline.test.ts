import { Actor, ReleasePlan, ResyncOutcome, type TimelineRow } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LedgerEvent } from './ledger-event.ts'
import { type ClientMinute, noOutcomes, type ProposedFact, timelineOf } from './timeline.ts'
import type { TimelineEvent } from './timeline-row.ts'

const MINUTE_MS = 60_000
/** 25 July 2023, 11:40 UTC. */
const START_MS = 1_690_285_200_000
const plan = ReleasePlan.parse({
  verifyWindowMs: MINUTE_MS,
  windowMs: 10 * MINUTE_MS,
  stages: [0.1, 1].map((share) => ({ share, bakeMs: MINUTE_MS, gate: { minReportCount: 1, maxFailureRatio: 0.05 } })),
})
const target = { kind: 'cause', causeId: 'labels' } as never // its name is of no matter here
const decided = { target, stateBefore: 'held', accountCount: 5000, neverBegunAccountCount: 4980 } as const
const verdict = { kind: 'hold', findings: [], canaryAccountCount: 20, heldAccountCount: 4980 } as const

function anEvent(event: Pick<LedgerEvent, 'kind' | 'evidence'>, overrides: Partial<TimelineEvent> = {}): TimelineEvent {
  return { revision: 1, atMs: START_MS, actor: Actor.parse('ada'), reason: null, ...event, ...overrides }
}

function aProposed(overrides: Partial<ProposedFact> = {}): ProposedFact {
  return {
    proposedAtMs: START_MS,
    proposedBy: 'outbox mailbox',
    proposalCount: 1,
    action: 'verify',
    scope: { kind: 'account' },
    isEveryone: false,
    accountCount: 5000,
    reason: 'rewritten',
    ...overrides,
  }
}

const times = fc.integer({ min: START_MS, max: START_MS + 90 * MINUTE_MS })
const everyEvidence: readonly Pick<LedgerEvent, 'kind' | 'evidence'>[] = [
  { kind: 'signal-judged', evidence: { guardMode: 'enforce', verdict: { ...verdict, findings: [] }, predicted: [] } },
  { kind: 'signal-approved', evidence: { ...decided, plan } },
  { kind: 'signal-advanced', evidence: decided },
  { kind: 'signal-rejected', evidence: decided },
  { kind: 'signal-revoked', evidence: decided },
  { kind: 'signal-expired', evidence: { stateBefore: 'held', expiresAtMs: START_MS } },
  {
    kind: 'stage-started',
    evidence: { evidence: { endedCount: 3, failedCount: 1 }, stageIndex: 0, gateOutcome: null, stageShare: 1 },
  },
  { kind: 'release-paused', evidence: { evidence: null, stageIndex: 0, gateOutcome: 'inconclusive' } },
]
const events = fc.array(
  fc
    .record({ of: fc.constantFrom(...everyEvidence), atMs: times, revision: fc.nat({ max: 20 }) })
    .map(({ of, ...when }) => anEvent(of, when)),
  { maxLength: 40 },
)
const signals = fc.array(
  fc
    .record({ proposedAtMs: times, accountCount: fc.nat({ max: 9 }), reason: fc.constantFrom('a', 'b', null) })
    .map(aProposed),
  { maxLength: 20 },
)
const minutes: fc.Arbitrary<ClientMinute[]> = fc.array(
  fc.record({
    atMs: times.map((atMs) => Math.floor(atMs / MINUTE_MS) * MINUTE_MS),
    outcome: fc.constantFrom(...ResyncOutcome.options),
    clientCount: fc.nat({ max: 9 }),
    seenCount: fc.nat({ max: 9 }),
    fetchedBytes: fc.nat({ max: 99 }),
  }),
  { maxLength: 40 },
)

test('of any history, the sums over the rows are the history: signals, accounts, decisions, clients and bytes (J12)', () => {
  fc.assert(
    fc.property(signals, events, minutes, (proposed, happened, told) => {
      const { rows, clients } = timelineOf({ signals: proposed, events: happened, minutes: told })
      const emitted = rowsOf(rows, 'emitted')
      expect(sum(emitted, (row) => row.signalCount)).toBe(proposed.length)
      expect(sum(emitted, (row) => row.accountCount)).toBe(sum(proposed, (signal) => signal.accountCount))

      const eventRows = rows.filter((row) => row.kind !== 'emitted' && row.kind !== 'clients')
      expect(sum(eventRows, (row) => ('signalCount' in row ? row.signalCount : 1))).toBe(happened.length)
      const judged = happened.filter(({ kind }) => kind === 'signal-judged').length
      expect(sum(rowsOf(rows, 'judged'), (row) => row.heldAccountCount)).toBe(judged * 4980)

      const clientRows = rowsOf(rows, 'clients')
      for (const outcome of ResyncOutcome.options) {
        const expected = sum(told, (minute) => (minute.outcome === outcome ? minute.clientCount : 0))
        expect(sum(clientRows, (row) => row.outcomes[outcome])).toBe(expected)
        expect(clients.outcomes[outcome]).toBe(expected)
      }
      expect(sum(clientRows, (row) => row.seen)).toBe(sum(told, (minute) => minute.seenCount))
      expect(clients.seen).toBe(sum(told, (minute) => minute.seenCount))
      expect(sum(clientRows, (row) => row.fetchedBytes)).toBe(clients.fetchedBytes)
      expect(clients.fetchedBytes).toBe(sum(told, (minute) => minute.fetchedBytes))
    }),
  )
})

test('rows come by time, and what clients told in a minute after what was decided in it', () => {
  fc.assert(
    fc.property(signals, events, minutes, (proposed, happened, told) => {
      const { rows } = timelineOf({ signals: proposed, events: happened, minutes: told })
      const shown = rows.map((row) => (row.kind === 'clients' ? row.atMs + MINUTE_MS - 1 : row.atMs))
      expect(shown).toEqual(shown.toSorted((left, right) => left - right))
    }),
  )
})

test('a decision about a thousand signals is one row, and so is what the guard made of them within a minute', () => {
  const thousand = Array.from({ length: 1000 }, (_, at) => at)
  const judged = thousand.map((at) => anEvent(everyEvidence[0] ?? expect.fail(), { revision: at, atMs: START_MS + at }))
  const revoked = thousand.map(() =>
    anEvent({ kind: 'signal-revoked', evidence: decided }, { revision: 1001, atMs: START_MS + 5000, reason: 'a bug' }),
  )
  const { rows } = timelineOf({
    signals: thousand.map(() => aProposed()),
    events: [...judged, ...revoked],
    minutes: [],
  })
  expect(rows).toMatchObject([
    { kind: 'emitted', signalCount: 1000, accountCount: 5_000_000, because: 'rewritten', scope: 'the whole account' },
    { kind: 'judged', signalCount: 1000, canaryAccountCount: 20_000 },
    { kind: 'revoked', signalCount: 1000, accountCount: 5000, neverBegunAccountCount: 4980, because: 'a bug' },
  ])
})

test('a history of months is told in longer steps, at most a thousand of them', () => {
  const quarter = Array.from({ length: 20_000 }, (_, at) => ({
    atMs: START_MS + at * 7 * MINUTE_MS,
    outcome: 'consistent' as const,
    clientCount: 1,
    seenCount: 1,
    fetchedBytes: 0,
  }))
  const { stepMs, rows, clients } = timelineOf({ signals: [], events: [], minutes: quarter })
  expect(stepMs).toBe(360 * MINUTE_MS)
  expect(rows.length).toBeLessThanOrEqual(1000)
  expect(clients).toEqual({ seen: 20_000, outcomes: { ...noOutcomes(), consistent: 20_000 }, fetchedBytes: 0 })
})

test('an event of a kind or with evidence that nobody here knows is told by its name, who and why', () => {
  const unknown = { revision: 1, atMs: START_MS, actor: Actor.parse('olga'), reason: 'because', evidence: { odd: 1 } }
  const { rows } = timelineOf({
    signals: [],
    events: [
      { ...unknown, kind: 'signal-extended' },
      { ...unknown, revision: 2, kind: 'signal-revoked' },
    ],
    minutes: [],
  })
  expect(rows).toMatchObject([
    { kind: 'other', event: 'signal-extended', by: 'olga', because: 'because' },
    { kind: 'other', event: 'signal-revoked', by: 'olga', because: 'because' },
  ])
})

function rowsOf<Kind extends TimelineRow['kind']>(
  rows: readonly TimelineRow[],
  kind: Kind,
): Extract<TimelineRow, { kind: Kind }>[] {
  return rows.filter((row): row is Extract<TimelineRow, { kind: Kind }> => row.kind === kind)
}

function sum<Each>(all: readonly Each[], figure: (each: Each) => number): number {
  return all.reduce((total, each) => total + figure(each), 0)
}

test('what was emitted and judged before a decision is not told in one row with what came after it', () => {
  const judged: Pick<LedgerEvent, 'kind' | 'evidence'> = {
    kind: 'signal-judged',
    evidence: { guardMode: 'enforce', verdict: { ...verdict, findings: [] }, predicted: [] },
  }
  const { rows } = timelineOf({
    signals: [aProposed(), aProposed({ proposedAtMs: START_MS + 3 })],
    events: [
      anEvent(judged, { atMs: START_MS + 1 }),
      anEvent({ kind: 'signal-advanced', evidence: decided }, { atMs: START_MS + 2, revision: 2 }),
      anEvent(judged, { atMs: START_MS + 4, revision: 3 }),
    ],
    minutes: [],
  })
  expect(rows.map(({ kind }) => kind)).toEqual(['emitted', 'judged', 'advanced', 'emitted', 'judged'])
})
