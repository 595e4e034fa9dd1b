import { expect, test } from 'vitest'
import { aWindow, OPTIONS } from '../adaptive/testing/a-window.ts'
import { DEFAULT_RAMP_OPTIONS } from './ramp-options.ts'
import { NEVER_RAMPED, type RampState } from './ramp-state.ts'
import { ResourcePace } from './resource-pace.ts'
import { stepRamp } from './step-ramp.ts'

const AHEAD_MS = 1_700_000_000_000
const ramp = { ...DEFAULT_RAMP_OPTIONS, latencyTargetMs: OPTIONS.latencyTargetMs }
const at = (nowMs: number) => ({ nowMs, ledgerNowMs: nowMs + AHEAD_MS })
const started = () =>
  stepRamp(
    NEVER_RAMPED,
    { kind: 'start', by: 'ann', reason: 'the cache is new', endsAtMs: AHEAD_MS + 3_600_000 },
    { nowMs: AHEAD_MS, options: ramp },
  )
const aPace = (state: RampState = NEVER_RAMPED, adaptive = {}) =>
  new ResourcePace({ adaptive: { ...OPTIONS, ...adaptive }, ramp }, 0, state)

test('a resource nobody ramps goes by adaptive capacity alone, and a closed one not at all', () => {
  const pace = aPace()
  pace.observe(aWindow(1000), at(1000))
  expect(pace.factor(1000)).toBeCloseTo(0.55)
  pace.adopt({ kind: 'closed', because: 'x', changedAtMs: AHEAD_MS })
  expect(pace.factor(1000)).toBe(0)
  expect(pace.figures(1000)).toMatchObject({ factor: 0, rampFactor: 0, ramp: { kind: 'closed' } })
})

test('both parts lower what is let through, and each says why', () => {
  const pace = aPace(started(), { startFactor: 1 })
  for (const nowMs of [1000, 2000, 3000]) pace.observe(aWindow(nowMs), at(nowMs))
  const figures = pace.figures(3000)
  expect(figures).toMatchObject({ adaptiveFactor: 1, rampFactor: 0.0625, factor: 0.0625, window: { endedAtMs: 3000 } })
  expect(figures.ramp.because).toContain('5 % → 6.25 %')
  expect(figures.adaptiveBecause).toContain('p99 of interactive')
})

test('what adaptive capacity holds back is no proof for the ramp', () => {
  const pace = aPace(started(), { startFactor: 0.1 })
  for (const nowMs of [1000, 2000, 3000]) pace.observe(aWindow(nowMs), at(nowMs))
  expect(pace.ramp).toMatchObject({ kind: 'probe', factor: 0.05, healthyCount: 0 })
  expect(pace.ramp.because).toContain('of what it may let in was used')
})

test('eight nodes that judge one ramp let it grow no faster than one, and one in trouble takes it down once', () => {
  const windowMs = 1000
  const paces = Array.from({ length: 8 }, () => aPace(NEVER_RAMPED, { startFactor: 1 }))
  let kept: RampState = started()
  const grownAtMs: number[] = []
  const judge = (node: number, nowMs: number, latencyMs: number) => {
    const pace = paces[node]
    pace?.adopt(kept)
    const before = kept
    kept = pace?.observe(aWindow(nowMs, { latencyMs }), at(nowMs)) ?? kept
    return 'factor' in kept && 'factor' in before ? kept.factor / before.factor : 1
  }
  let nowMs = 1000
  for (; 'factor' in kept && kept.factor < 0.5; nowMs += windowMs / 8) {
    const ratio = judge(Math.floor((nowMs / windowMs) * 8) % 8, nowMs, 50)
    if (ratio > 1) grownAtMs.push(nowMs)
  }
  const gaps = grownAtMs.slice(1).map((atMs, index) => atMs - (grownAtMs[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(windowMs)
  const ratios = [0, 1, 2, 3, 4, 5, 6, 7].map((node) => judge(node, nowMs + node, 900))
  expect(ratios.filter((ratio) => ratio < 1)).toEqual([0.5])
})
