import { ReleasePlan } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PLAN_DEFAULTS, releasePlan } from './release-plan.ts'

test('the default release is a plan the guard takes, and no gate is judged before its window is over', () => {
  const plan = ReleasePlan.parse(releasePlan(PLAN_DEFAULTS))
  expect(plan.stages.map(({ share }) => share)).toEqual([0.01, 0.1, 0.5, 1])
  expect(plan.stages.every(({ bakeMs }) => bakeMs >= plan.windowMs)).toBe(true)
})

test('bounds that were not given are not in the plan, and those that were are in every gate', () => {
  const [gate] = releasePlan(PLAN_DEFAULTS).stages.map((stage) => Object.keys(stage.gate))
  expect(gate).toEqual(['minReportCount', 'maxFailureRatio'])
  const bounds = {
    maxDeclines: 0.2,
    maxNothingToFetch: 0.5,
    maxLatencyMs: 250,
    maxErrors: 0.01,
    onStop: 'revoke',
  } as const
  const plan = ReleasePlan.parse(releasePlan({ ...PLAN_DEFAULTS, ...bounds }))
  expect(plan.onStop).toBe('revoke')
  expect(plan.stages.every(({ gate }) => gate.maxDeclineRatio === 0.2 && gate.maxNothingToFetchRatio === 0.5)).toBe(
    true,
  )
  expect(plan.stages.every(({ gate }) => gate.maxLatencyMs === 250 && gate.maxErrorRatio === 0.01)).toBe(true)
})
