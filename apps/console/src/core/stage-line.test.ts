import { SignalStatus } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { describeStage, whatRevokeWouldDo } from './stage-line.ts'

const gate = { minReportCount: 5, maxFailureRatio: 0.02 }
const plan = {
  verifyWindowMs: 60_000,
  windowMs: 600_000,
  stages: [
    { share: 0.1, bakeMs: 600_000, gate },
    { share: 1, bakeMs: 0, gate },
  ],
}

function aSignal(overrides: object, release: object | null = {}): SignalStatus {
  return SignalStatus.parse({
    signalId: 's1',
    causeId: 'c1',
    state: 'released',
    action: 'verify',
    scope: { kind: 'account' },
    reason: null,
    proposedAtMs: 0,
    expiresInMs: null,
    verdict: { kind: 'hold', findings: [], canaryAccountCount: 20, heldAccountCount: 980 },
    audienceAccountCount: 1000,
    inForceAccountCount: 100,
    predicted: [],
    release: release && {
      plan,
      stageIndex: 0,
      stageShare: 0.1,
      stageStartedAgoMs: 120_000,
      gateOutcome: null,
      approvedBy: 'mara',
      approvedBecause: 'canaries equal',
      ...release,
    },
    reports: { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 },
    ...overrides,
  })
}

test('a stage tells how far it is and when its gate is judged', () => {
  expect(describeStage(aSignal({}))).toBe('Stage 1 of 2, 10% of the audience, for 2 min; its gate is judged in 8 min.')
})

test('a paused release says what its gate said', () => {
  const gateBecause = '9 of 10 accounts found nothing to fetch, so the reset may be spurious; the gate allows 50 %.'
  expect(describeStage(aSignal({ state: 'paused' }, { gateOutcome: 'stop', gateBecause }))).toBe(
    `Stage 1 of 2, 10% of the audience. Paused: ${gateBecause} Look before you advance or revoke.`,
  )
})

test('a release that nobody can judge says that it waits for an operator (G6)', () => {
  expect(describeStage(aSignal({ state: 'paused' }, { gateOutcome: 'inconclusive' }))).toMatch(
    /too few clients have reported/,
  )
  expect(describeStage(aSignal({ state: 'paused' }, { gateOutcome: 'stop' }))).toMatch(/too many clients failed/)
})

test('the last stage has nothing to come, and a signal within its credit needs no plan', () => {
  expect(describeStage(aSignal({}, { stageIndex: 1, stageShare: 1 }))).toMatch(/Everybody is in/)
  expect(describeStage(aSignal({}, null))).toMatch(/within the credit/)
})

test('before a revoke the operator reads whom it stops, whom it spares, and what it cannot undo', () => {
  const signal = aSignal({
    reports: { begun: 30, consistent: 40, resynced: 25, declined: 0, stopped: 0, stuck: 0, failed: 0 },
  })
  const effect = whatRevokeWouldDo([signal], 2)
  expect(effect.underWay).toMatch(/^2 clients fetching right now stop/)
  expect(effect.spared).toMatch(/^900 accounts/)
  expect(effect.done).toMatch(/^65 clients already finished/)
  expect(whatRevokeWouldDo([signal], 0).underWay).toBe('No client is fetching right now.')
})
