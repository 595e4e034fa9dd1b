import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { hintedPass } from './hinted-pass.ts'

function aHintedPass(outcome: () => Promise<void> = async () => undefined) {
  const clock = new PretendClock(0)
  const stop = new AbortController()
  const begun: number[] = []
  const hint = hintedPass(
    () => {
      begun.push(clock.nowMs())
      return outcome()
    },
    { clock, signal: stop.signal },
  )
  return { clock, stop, begun, hint }
}

test('the first piece of news is looked at once, and all that comes with it is one more look', async () => {
  const { clock, begun, hint } = aHintedPass()
  for (let at = 0; at < 100; at++) hint()
  await clock.advance(1_000)
  expect(begun).toEqual([0, 25])
  hint()
  await clock.advance(0)
  expect(begun).toEqual([0, 25, 1_000])
})

test('a look that fails ends nothing', async () => {
  const { clock, begun, hint } = aHintedPass(() => Promise.reject(new Error('connection refused')))
  hint()
  await clock.advance(100)
  hint()
  await clock.advance(0)
  expect(begun).toEqual([0, 100])
})

test('nothing is looked at after the end', async () => {
  const { clock, stop, begun, hint } = aHintedPass()
  stop.abort()
  hint()
  await clock.advance(100)
  expect(begun).toEqual([])
})
