import { ReleasePlan } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  defaultPlan,
  type PlanDraft,
  peakCapacityShare,
  readPlan,
  shortestReleaseMs,
  withoutStage,
  withStageAdded,
} from './plan-draft.ts'

const loads = [
  { resourceId: 'shard-1', accountCount: 4000, payloadBytes: 40_000_000_000 },
  { resourceId: 'shard-2', accountCount: 1000, payloadBytes: 1_000_000_000 },
]
const capacityOf = () => 20_000_000

function planOf(draft: PlanDraft): ReleasePlan {
  const reading = readPlan(draft)
  if (reading.kind === 'errors') throw new Error(JSON.stringify(reading.errors))
  return reading.plan
}

function errorsOf(draft: PlanDraft): Readonly<Record<string, string>> {
  const reading = readPlan(draft)
  return reading.kind === 'errors' ? reading.errors : {}
}

test('the plan offered first goes to 1, 10, 50 and 100 percent', () => {
  expect(planOf(defaultPlan(loads, capacityOf)).stages.map((stage) => stage.share)).toEqual([0.01, 0.1, 0.5, 1])
})

test('the plan offered first never draws more than half of any resource', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e13 }), fc.integer({ min: 1000, max: 1e10 }), (payloadBytes, capacity) => {
      const some = [{ resourceId: 'shard-1', accountCount: 10, payloadBytes }]
      const reading = readPlan(defaultPlan(some, () => capacity))
      if (reading.kind === 'errors') return // longer than 400 days: the form says so
      const peak = peakCapacityShare(reading.plan, some, () => capacity)
      // The window is shown in its two largest units, which cuts off at most an hour of days.
      expect(peak?.share ?? 0).toBeLessThanOrEqual(0.55)
    }),
  )
})

test('an empty audience still gets a plan that the protocol takes', () => {
  expect(ReleasePlan.safeParse(planOf(defaultPlan([], () => undefined))).success).toBe(true)
})

test('a length of time without a unit is said to be wrong, at its field', () => {
  const draft = { ...defaultPlan(loads, capacityOf), window: '15' }
  expect(errorsOf(draft)).toEqual({ window: 'Write a length of time, as in 90 s, 15 min or 2 h' })
})

test('shares that do not rise, and a plan that leaves somebody out, are refused in words', () => {
  const draft = defaultPlan(loads, capacityOf)
  const falling = draft.stages.map((stage, at) => (at === 1 ? { ...stage, sharePercent: '60' } : stage))
  expect(errorsOf({ ...draft, stages: falling })).toEqual({ stages: 'Shares must rise' })
  expect(errorsOf(withoutStage(draft, 3)).stages).toMatch(/whole audience/)
})

test('a gate that asks for no report is refused: no data is never a yes (G6)', () => {
  const draft = defaultPlan(loads, capacityOf)
  const stages = draft.stages.map((stage, at) => (at === 0 ? { ...stage, minReports: '0' } : stage))
  expect(Object.keys(errorsOf({ ...draft, stages }))).toEqual(['stages.0.minReports'])
})

test('a stage added lies between the last two, and taking it away gives the plan back', () => {
  const draft = defaultPlan(loads, capacityOf)
  const added = withStageAdded(draft)
  expect(planOf(added).stages.map((stage) => stage.share)).toEqual([0.01, 0.1, 0.5, 0.75, 1])
  expect(planOf(withoutStage(added, 4))).toEqual(planOf(draft))
})

test('the last stage is never taken away', () => {
  const draft = { ...defaultPlan(loads, capacityOf), stages: defaultPlan(loads, capacityOf).stages.slice(-1) }
  expect(withoutStage(draft, 3)).toEqual(draft)
})

test('a release takes at least its bakes and the window of its last stage', () => {
  const plan = planOf({ ...defaultPlan(loads, capacityOf), window: '10 min' })
  const bakesMs = plan.stages.slice(0, 3).reduce((sum, stage) => sum + stage.bakeMs, 0)
  expect(shortestReleaseMs(plan)).toBe(bakesMs + 600_000)
})

test('what a gate asks besides failures is asked of every stage, and an empty field is not asked', () => {
  const draft = defaultPlan(loads, capacityOf)
  expect(Object.keys(planOf(draft).stages[0]?.gate ?? {})).toEqual(['minReportCount', 'maxFailureRatio'])
  expect(planOf(draft).onStop).toBeUndefined()
  const bounds = { declinePercent: '', nothingToFetchPercent: '50', latency: '2 s', errorPercent: '0.5' }
  const plan = planOf({ ...draft, bounds, isRevokedOnStop: true })
  const asked = { maxNothingToFetchRatio: 0.5, maxLatencyMs: 2_000, maxErrorRatio: 0.005 }
  expect(
    plan.stages.every(({ gate }) => Object.entries(asked).every(([key, value]) => Reflect.get(gate, key) === value)),
  ).toBe(true)
  expect(plan.onStop).toBe('revoke')
  expect(errorsOf({ ...draft, bounds: { ...bounds, errorPercent: '101' } })).toEqual({
    'bounds.errorPercent': 'Between 0% and 100%',
  })
})
