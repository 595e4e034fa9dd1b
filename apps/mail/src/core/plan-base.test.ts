import { expect, test } from 'vitest'
import { NO_PLAN, planBase } from './plan-base.ts'

const differs = { itemCount: 20, bytes: 1000 }

test('a plan counts from what was applied when it was made, however much is applied since', () => {
  const made = planBase(NO_PLAN, { differs, done: { itemCount: 5, bytes: 50 } })
  const later = planBase(made, { differs: { ...differs }, done: { itemCount: 9, bytes: 90 } })
  expect(later).toBe(made)
  expect(later.done).toEqual({ itemCount: 5, bytes: 50 })
})

test('a new plan counts anew', () => {
  const made = planBase(NO_PLAN, { differs, done: { itemCount: 0, bytes: 0 } })
  const again = planBase(made, { differs: { itemCount: 3, bytes: 30 }, done: { itemCount: 20, bytes: 1000 } })
  expect(again.done.itemCount).toBe(20)
})
