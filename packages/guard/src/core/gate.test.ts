import type { Gate } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeGate, type StageEvidence } from './gate.ts'
import type { StorageReading } from './storage-reading.ts'

const gate: Gate = { minReportCount: 10, maxFailureRatio: 0.1 }
const stage = { startedAtMs: 500, bakedAtMs: 1000 }

const outcomeOf = (evidence: StageEvidence | null, overrides: Partial<Gate> = {}) =>
  judgeGate({ ...gate, ...overrides }, evidence, stage).outcome

function anEvidence(overrides: Partial<StageEvidence> = {}): StageEvidence {
  return {
    readAtMs: stage.bakedAtMs,
    endedCount: 10,
    failedCount: 0,
    nothingToFetchCount: 0,
    declinedCount: 0,
    storage: [],
    ...overrides,
  }
}

test('enough reports and few enough failures: go', () => {
  expect(outcomeOf(anEvidence())).toBe('go')
  expect(outcomeOf(anEvidence({ failedCount: 1 }))).toBe('go')
})

test('too many failures: stop, even before enough reports are in to say go', () => {
  expect(outcomeOf(anEvidence({ failedCount: 2 }))).toBe('stop')
  expect(outcomeOf(anEvidence({ endedCount: 2, failedCount: 2 }))).toBe('stop')
})

test('G6: no figures, too few, stale or impossible ones never say go', () => {
  const unknown: (StageEvidence | null)[] = [
    null,
    anEvidence({ endedCount: 9 }),
    anEvidence({ endedCount: 0 }),
    anEvidence({ readAtMs: stage.bakedAtMs - 1 }),
    anEvidence({ readAtMs: Number.NaN }),
    anEvidence({ endedCount: Number.NaN }),
    anEvidence({ failedCount: Number.NaN }),
    anEvidence({ failedCount: -1 }),
    anEvidence({ failedCount: 11 }),
    anEvidence({ endedCount: 10.5 }),
    anEvidence({ endedCount: Number.POSITIVE_INFINITY }),
    anEvidence({ nothingToFetchCount: 11 }),
    anEvidence({ declinedCount: Number.NaN }),
  ]
  for (const evidence of unknown) expect(outcomeOf(evidence)).toBe('inconclusive')
})

test('G6: go means figures read after the bake time, enough of them, and few enough failures', () => {
  const numbers = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constant(Number.NaN), fc.double())
  fc.assert(
    fc.property(
      fc.record({
        readAtMs: numbers,
        endedCount: numbers,
        failedCount: numbers,
        nothingToFetchCount: numbers,
        declinedCount: numbers,
        storage: fc.constant([]),
      }),
      fc.record({
        minReportCount: fc.integer({ min: 1, max: 20 }),
        maxFailureRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      (evidence, anyGate) => {
        if (judgeGate(anyGate, evidence, { startedAtMs: 0, bakedAtMs: 10 }).outcome !== 'go') return
        expect(evidence.readAtMs).toBeGreaterThanOrEqual(10)
        expect(evidence.endedCount).toBeGreaterThanOrEqual(anyGate.minReportCount)
        expect(evidence.failedCount / evidence.endedCount).toBeLessThanOrEqual(anyGate.maxFailureRatio)
      },
    ),
  )
})

test('a reset that hardly anybody needed is stopped, where the gate asks for it, and says that it may be spurious', () => {
  const spurious = anEvidence({ nothingToFetchCount: 9 })
  expect(outcomeOf(spurious)).toBe('go')
  expect(judgeGate({ ...gate, maxNothingToFetchRatio: 0.5 }, spurious, stage)).toEqual({
    outcome: 'stop',
    because: '9 of 10 accounts found nothing to fetch, so the reset may be spurious; the gate allows 50 %.',
  })
})

test('people who decline stop a release, where the gate asks for it, also when nobody else reported', () => {
  expect(outcomeOf(anEvidence({ declinedCount: 4 }))).toBe('go')
  expect(outcomeOf(anEvidence({ declinedCount: 4 }), { maxDeclineRatio: 0.3 })).toBe('go')
  expect(outcomeOf(anEvidence({ declinedCount: 5 }), { maxDeclineRatio: 0.3 })).toBe('stop')
  expect(outcomeOf(anEvidence({ endedCount: 0, declinedCount: 9 }), { maxDeclineRatio: 0.3 })).toBe('stop')
})

const bounds = { maxLatencyMs: 50, maxErrorRatio: 0.01 }
function aReading(overrides: Partial<Extract<StorageReading, { kind: 'read' }>> = {}): StorageReading {
  return { kind: 'read', resourceId: 'shard-1', latencyMs: 20, errorRatio: 0, readAtMs: 990, ...overrides }
}

test('a resource that is slow or fails stops a release, however well the others are', () => {
  expect(outcomeOf(anEvidence({ storage: [aReading()] }), bounds)).toBe('go')
  const slow = [aReading(), aReading({ resourceId: 'shard-2', latencyMs: 51 })]
  expect(judgeGate({ ...gate, ...bounds }, anEvidence({ storage: slow }), stage)).toEqual({
    outcome: 'stop',
    because: 'shard-2 answers in 51 ms; the gate allows 50 ms.',
  })
  expect(outcomeOf(anEvidence({ storage: [aReading({ errorRatio: 0.02 })] }), bounds)).toBe('stop')
  expect(outcomeOf(anEvidence({ storage: slow }))).toBe('go')
})

test('G6: a probe that failed, figures that are stale or impossible, and no resource at all never say go', () => {
  const unknown: StorageReading[][] = [
    [],
    [{ kind: 'unknown', resourceId: 'shard-1', because: 'it threw' }],
    [aReading(), { kind: 'unknown', resourceId: 'shard-2', because: 'it threw' }],
    [aReading({ readAtMs: 499 })],
    [aReading({ readAtMs: 7_000 })],
    [aReading({ readAtMs: Number.NaN })],
    [aReading({ latencyMs: Number.NaN })],
    [aReading({ latencyMs: -1 })],
    [aReading({ errorRatio: 1.01 })],
  ]
  for (const storage of unknown) expect(outcomeOf(anEvidence({ storage }), bounds)).toBe('inconclusive')
  const old = { startedAtMs: 0, bakedAtMs: 100_000 }
  const stale = anEvidence({ readAtMs: 100_000, storage: [aReading({ readAtMs: 39_999 })] })
  expect(judgeGate({ ...gate, ...bounds }, stale, old).outcome).toBe('inconclusive')
})
