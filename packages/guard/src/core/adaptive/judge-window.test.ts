import { expect, test } from 'vitest'
import { checkedHealthTargets, judgeWindow } from './judge-window.ts'
import type { LevelWindow, ObservationWindow } from './observation-window.ts'
import { aLevel, aWindow, OPTIONS } from './testing/a-window.ts'

const judged = (level: Partial<LevelWindow>, overrides: Partial<ObservationWindow> = {}) =>
  judgeWindow(aWindow(1000, level, overrides), OPTIONS)

test('within its targets with something to spare is green, without is amber, beyond is red, and each says its figures', () => {
  expect(judged({ latencyMs: 80 })).toMatchObject({
    kind: 'green',
    because: 'p99 of interactive is at least 80 ms; the target is 100 ms.',
  })
  expect(judged({ latencyMs: 81 })).toMatchObject({ kind: 'amber' })
  expect(judged({ latencyMs: 101 })).toMatchObject({ kind: 'red', latencyRatio: 1.01, isFailing: false })
  expect(judged({ errorCount: 8 })).toMatchObject({ kind: 'green' })
  expect(judged({ errorCount: 9 })).toMatchObject({ kind: 'amber' })
  expect(judged({ errorCount: 11 })).toMatchObject({
    kind: 'red',
    isFailing: true,
    because: '1.1 % of the operations fail; 1 % may.',
  })
})

test('the level furthest beyond its own target decides', () => {
  const levels = [aLevel({ latencyMs: 90 }), aLevel({ level: 'delivery', latencyMs: 900 })]
  const options = { ...OPTIONS, latencyTargetMs: { interactive: 100, delivery: 500 } }
  expect(judgeWindow(aWindow(1000, {}, { levels }), options)).toMatchObject({
    kind: 'red',
    because: 'p99 of delivery is at least 900 ms; the target is 500 ms.',
  })
})

test('a level without a target is judged by its errors alone', () => {
  const slow = aLevel({ level: 'resync', latencyMs: 60_000 })
  expect(judged({}, { levels: [aLevel(), slow] })).toMatchObject({ kind: 'green' })
  expect(judged({}, { levels: [aLevel(), { ...slow, errorCount: 500 }] })).toMatchObject({ kind: 'red' })
})

test('work that mostly waits in queues is amber, however quick it still is', () => {
  expect(judged({}, { queuedRatio: 0.6 })).toMatchObject({
    kind: 'amber',
    because: 'Of its time, work spends 60 % in queues.',
  })
})

test('too little says nothing, unless all of it failed', () => {
  expect(judged({ count: 19 })).toEqual({
    kind: 'inconclusive',
    because: '19 operations in the window; it takes 20 to say anything.',
  })
  expect(judged({ count: 0, latencyMs: null })).toMatchObject({ kind: 'inconclusive' })
  expect(judged({ count: 3, errorCount: 3 })).toMatchObject({ kind: 'red' })
})

test('G6: figures that contradict each other say nothing', () => {
  const impossible: [Partial<LevelWindow>, Partial<ObservationWindow>][] = [
    [{ errorCount: 1001 }, {}],
    [{ errorCount: 1, timeoutCount: 2 }, {}],
    [{ hitCount: 600, missCount: 600 }, {}],
    [{ count: Number.NaN }, {}],
    [{ latencyMs: Number.NaN }, {}],
    [{ latencyMs: -1 }, {}],
    [{ latencyMs: null }, {}],
    [{ latencyAtLeastMs: Number.NaN }, {}],
    [{ latencyAtLeastMs: null }, {}],
    [{}, { startedAtMs: 1000 }],
    [{}, { startedAtMs: Number.NaN }],
    [{}, { usedRatio: Number.NaN }],
    [{}, { queuedRatio: -1 }],
  ]
  for (const [level, overrides] of impossible) expect(judged(level, overrides).kind).toBe('inconclusive')
})

test('targets out of their range are refused with the value', () => {
  expect(() => checkedHealthTargets({ ...OPTIONS, latencyTargetMs: {} })).toThrow(/at least one level/)
  expect(() => checkedHealthTargets({ ...OPTIONS, latencyTargetMs: { interactive: 0 } })).toThrow(
    /of interactive .* got 0/,
  )
  expect(() => checkedHealthTargets({ ...OPTIONS, maxErrorRatio: 1 })).toThrow(/maxErrorRatio .* got 1/)
  expect(() => checkedHealthTargets({ ...OPTIONS, minCount: 0.5 })).toThrow(/minCount .* got 0.5/)
})
