import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { runLoop } from './loop.ts'

test('a loop that fails is told once, goes on, and says when it works again', async () => {
  const clock = new PretendClock()
  const stop = new AbortController()
  const told: unknown[] = []
  let passCount = 0
  const running = runLoop(
    {
      name: 'judge-proposals',
      everyMs: 100,
      pass: async () => {
        passCount += 1
        if (passCount === 2 || passCount === 3) throw new Error('connection refused')
      },
    },
    { clock, signal: stop.signal, log: (event, about) => told.push([event, about?.fields]) },
  )
  await clock.advance(450)
  stop.abort()
  await running
  expect(passCount).toBe(5)
  expect(told).toEqual([
    ['loop.failed', { loop: 'judge-proposals' }],
    ['loop.recovered', { loop: 'judge-proposals', failedPassCount: 2 }],
  ])
  expect(clock.sleeperCount).toBe(0)
})

test('passes of a loop never overlap', async () => {
  const clock = new PretendClock()
  const stop = new AbortController()
  let underWay = 0
  let most = 0
  const pass = async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await clock.sleep(1_000)
    underWay -= 1
  }
  const running = runLoop(
    { name: 'judge-stages', everyMs: 10, pass },
    { clock, signal: stop.signal, log: () => undefined },
  )
  await clock.advance(5_000)
  stop.abort()
  await clock.advance(2_000)
  await running
  expect(most).toBe(1)
})
