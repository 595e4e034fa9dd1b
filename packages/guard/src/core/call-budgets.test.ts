import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CallBudgets } from './call-budgets.ts'

test('whoever has made its burst of calls waits until the next is due, and nobody else does', () => {
  const budgets = new CallBudgets({ callsPerSecond: 4, burstCount: 3 })
  expect([1, 2, 3, 4].map(() => budgets.take('ci', 0))).toEqual([0, 0, 0, 250])
  expect(budgets.take('ada', 0)).toBe(0)
  expect([budgets.take('ci', 125), budgets.take('ci', 250)]).toEqual([125, 0])
})

test('in any window a caller makes at most rate × time + burst calls, whatever it tries and however the clock jumps', () => {
  const moves = fc.array(fc.integer({ min: -500, max: 2_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(
      moves,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, callsPerSecond, burstCount) => {
        const budgets = new CallBudgets({ callsPerSecond, burstCount })
        let nowMs = 10_000
        let forwardMs = 0
        let madeCount = 0
        for (const stepMs of steps) {
          nowMs += stepMs
          forwardMs += Math.max(0, stepMs)
          if (budgets.take('ci', nowMs) === 0) madeCount += 1
          expect(madeCount).toBeLessThanOrEqual((callsPerSecond * forwardMs) / 1000 + burstCount + 1e-6)
        }
      },
    ),
  )
})
