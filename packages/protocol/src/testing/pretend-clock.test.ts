import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PretendClock } from './pretend-clock.ts'

test('time stands still until it is moved', async () => {
  const clock = new PretendClock(1_000)
  expect(clock.nowMs()).toBe(1_000)
  await clock.advance(250)
  expect(clock.nowMs()).toBe(1_250)
})

test('sleepers wake at their own time, those due together in the order they went to sleep', async () => {
  const clock = new PretendClock()
  const woken: string[] = []
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name} at ${clock.nowMs()}`)
  }
  void sleep('late', 30)
  void sleep('first', 10)
  void sleep('second', 10)
  void sleep('never', 31)
  await clock.advance(30)
  expect(woken).toEqual(['first at 10', 'second at 10', 'late at 30'])
  expect(clock.sleeperCount).toBe(1)
})

test('what a sleeper goes on to do, further sleeps included, happens before the next one wakes', async () => {
  const clock = new PretendClock()
  const woken: string[] = []
  const beat = async (name: string, everyMs: number) => {
    for (let count = 0; count < 3; count++) {
      await clock.sleep(everyMs)
      await Promise.resolve().then(() => Promise.resolve())
      woken.push(`${name}${clock.nowMs()}`)
    }
  }
  void beat('a', 10)
  void beat('b', 15)
  await clock.advance(100)
  expect(woken).toEqual(['a10', 'b15', 'a20', 'b30', 'a30', 'b45'])
})

test('an aborted sleep rejects with the reason at once and leaves nobody waiting', async () => {
  const clock = new PretendClock()
  const given = new AbortController()
  const reason = new Error('the tab was closed')
  const sleeping = clock.sleep(10, given.signal)
  given.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  expect(clock.sleeperCount).toBe(0)
  await expect(clock.sleep(10, given.signal)).rejects.toBe(reason)
  expect(clock.sleeperCount).toBe(0)
})

test('an abort after waking does nothing', async () => {
  const clock = new PretendClock()
  const given = new AbortController()
  const sleeping = clock.sleep(10, given.signal)
  await clock.advance(10)
  given.abort()
  await expect(sleeping).resolves.toBeUndefined()
})

test('a stepped clock may go back, and wakes nobody', async () => {
  const clock = new PretendClock(1_000)
  let isAwake = false
  void clock.sleep(10).then(() => {
    isAwake = true
  })
  clock.step(500)
  await clock.advance(10)
  expect({ nowMs: clock.nowMs(), isAwake }).toEqual({ nowMs: 510, isAwake: false })
  await clock.advance(500)
  expect({ nowMs: clock.nowMs(), isAwake }).toEqual({ nowMs: 1_010, isAwake: true })
})

test('nobody wakes early or late, whatever the sleeps and the steps of time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(100), { maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 5 }),
      async (sleeps, steps) => {
        const clock = new PretendClock()
        const wokenAtMs: number[] = []
        for (const ms of sleeps) void clock.sleep(ms).then(() => wokenAtMs.push(clock.nowMs()))
        for (const ms of steps) await clock.advance(ms)
        const untilMs = clock.nowMs()
        const due = sleeps.filter((ms) => steps.length > 0 && ms <= untilMs)
        expect(wokenAtMs).toEqual(due.sort((left, right) => left - right))
        expect(clock.sleeperCount).toBe(sleeps.length - due.length)
      },
    ),
    { numRuns: 30 },
  )
})
