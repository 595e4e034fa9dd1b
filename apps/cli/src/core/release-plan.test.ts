import { ReleasePlan } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { PLAN_DEFAULTS, releasePlan } from './release-plan.ts'

test('the default release is a plan the guard takes, and no gate is judged before its window is over', () => {
  const plan = ReleasePlan.parse(releasePlan(PLAN_DEFAULTS))
  expect(plan.stages.map(({ share }) => share)).toEqual([0.01, 0.1, 0.5, 1])
  expect(plan.stages.every(({ bakeMs }) => bakeMs >= plan.windowMs)).toBe(true)
})
