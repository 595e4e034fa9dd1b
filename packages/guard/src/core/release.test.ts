import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aPlan, MINUTE_MS } from '../testing/a-ledger.ts'
import type { StageEvidence } from './gate.ts'
import { nextStage, type ReleaseProgress, startRelease, stepRelease } from './release.ts'

const good = (readAtMs: number): StageEvidence => ({
  readAtMs,
  endedCount: 10,
  failedCount: 0,
  nothingToFetchCount: 0,
  declinedCount: 0,
  storage: [],
})

test('G6: however late the call comes, one stage begins at a time, and it bakes anew', () => {
  const release = startRelease(aPlan({ bakeMs: 10 * MINUTE_MS }), 0)
  const lateMs = 500 * MINUTE_MS
  const step = stepRelease(release, good(lateMs), lateMs)
  expect(step).toMatchObject({
    kind: 'go',
    release: { stageIndex: 1, stageStartsAtMs: [0, lateMs], gateOutcome: null },
  })
  if (step.kind === 'go') expect(stepRelease(step.release, good(lateMs), lateMs)).toEqual({ kind: 'wait' })
})

test('the last stage has no next: its gate is written down, and a stop still pauses', () => {
  const release = startRelease(aPlan({ shares: [1] }), 0)
  const atMs = 10 * MINUTE_MS
  expect(stepRelease(release, good(atMs), atMs)).toMatchObject({ kind: 'settle', release: { gateOutcome: 'go' } })
  expect(stepRelease(release, null, atMs)).toMatchObject({ kind: 'settle', release: { gateOutcome: 'inconclusive' } })
  const bad = { ...good(atMs), failedCount: 9 }
  expect(stepRelease(release, bad, atMs)).toMatchObject({ kind: 'pause', release: { gateOutcome: 'stop' } })
})

test('a plan may say that a stop revokes; what is not known still only pauses (G6)', () => {
  const release = startRelease({ ...aPlan(), onStop: 'revoke' }, 0)
  const atMs = 10 * MINUTE_MS
  const bad = { ...good(atMs), failedCount: 9 }
  expect(stepRelease(release, bad, atMs)).toMatchObject({ kind: 'revoke', because: expect.stringContaining('9 of 10') })
  expect(stepRelease(release, null, atMs)).toMatchObject({ kind: 'pause', release: { gateOutcome: 'inconclusive' } })
})

test('G6: without good figures no amount of waiting begins a stage', () => {
  const evidence = fc.option(
    fc.record({
      readAtMs: fc.nat(100_000),
      endedCount: fc.integer({ min: -1, max: 3 }),
      failedCount: fc.nat(3),
      nothingToFetchCount: fc.nat(3),
      declinedCount: fc.nat(3),
      storage: fc.constant([]),
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100 * MINUTE_MS), evidence), { maxLength: 20 }), (steps) => {
      let release: ReleaseProgress = startRelease(aPlan({ minReportCount: 4 }), 0)
      let nowMs = 0
      for (const [passedMs, found] of steps) {
        nowMs += passedMs
        const step = stepRelease(release, found, nowMs)
        if (step.kind !== 'wait') release = step.release
        expect(release.stageIndex).toBe(0)
      }
    }),
  )
})

test('stages only ever begin, in order, and keep the time they began at', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30 * MINUTE_MS), fc.boolean()), { maxLength: 20 }), (steps) => {
      let release: ReleaseProgress = startRelease(aPlan(), 0)
      let nowMs = 0
      for (const [passedMs, isGood] of steps) {
        nowMs += passedMs
        const step = stepRelease(release, isGood ? good(nowMs) : null, nowMs)
        const after =
          step.kind === 'wait' ? release : step.kind === 'pause' ? nextStage(step.release, nowMs) : step.release
        expect(after.stageIndex - release.stageIndex).toBeGreaterThanOrEqual(0)
        expect(after.stageStartsAtMs.slice(0, release.stageStartsAtMs.length)).toEqual(release.stageStartsAtMs)
        expect(after.stageStartsAtMs).toHaveLength(after.stageIndex + 1)
        release = after
      }
    }),
  )
})
