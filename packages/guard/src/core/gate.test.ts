import type { Gate } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeGate, type StageEvidence } from './gate.ts'

const gate: Gate = { minReportCount: 10, maxFailureRatio: 0.1 }
const bakedAtMs = 1000

function anEvidence(overrides: Partial<StageEvidence> = {}): StageEvidence {
  return { readAtMs: bakedAtMs, endedCount: 10, failedCount: 0, ...overrides }
}

test('enough reports and few enough failures: go', () => {
  expect(judgeGate(gate, anEvidence(), { bakedAtMs })).toBe('go')
  expect(judgeGate(gate, anEvidence({ failedCount: 1 }), { bakedAtMs })).toBe('go')
})

test('too many failures: stop, even before enough reports are in to say go', () => {
  expect(judgeGate(gate, anEvidence({ failedCount: 2 }), { bakedAtMs })).toBe('stop')
  expect(judgeGate(gate, anEvidence({ endedCount: 2, failedCount: 2 }), { bakedAtMs })).toBe('stop')
})

test('G6: no figures, too few, stale or impossible ones never say go', () => {
  const unknown: (StageEvidence | null)[] = [
    null,
    anEvidence({ endedCount: 9 }),
    anEvidence({ endedCount: 0 }),
    anEvidence({ readAtMs: bakedAtMs - 1 }),
    anEvidence({ readAtMs: Number.NaN }),
    anEvidence({ endedCount: Number.NaN }),
    anEvidence({ failedCount: Number.NaN }),
    anEvidence({ failedCount: -1 }),
    anEvidence({ failedCount: 11 }),
    anEvidence({ endedCount: 10.5 }),
    anEvidence({ endedCount: Number.POSITIVE_INFINITY }),
  ]
  for (const evidence of unknown) expect(judgeGate(gate, evidence, { bakedAtMs })).toBe('inconclusive')
})

test('G6: go means figures read after the bake time, enough of them, and few enough failures', () => {
  const numbers = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constant(Number.NaN), fc.double())
  fc.assert(
    fc.property(
      fc.record({ readAtMs: numbers, endedCount: numbers, failedCount: numbers }),
      fc.record({
        minReportCount: fc.integer({ min: 1, max: 20 }),
        maxFailureRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      (evidence, anyGate) => {
        if (judgeGate(anyGate, evidence, { bakedAtMs: 10 }) !== 'go') return
        expect(evidence.readAtMs).toBeGreaterThanOrEqual(10)
        expect(evidence.endedCount).toBeGreaterThanOrEqual(anyGate.minReportCount)
        expect(evidence.failedCount / evidence.endedCount).toBeLessThanOrEqual(anyGate.maxFailureRatio)
      },
    ),
  )
})
