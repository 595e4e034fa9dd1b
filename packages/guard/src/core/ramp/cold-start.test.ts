import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { type DrivenSecond, driveGuard, drivePeer } from '../../testing/driven-storage.ts'
import { measured } from '../../testing/measured.ts'
import { ModelGuard } from '../../testing/model-guard.ts'
import { envoyGradient, gradient2, vegas } from '../../testing/peer-limits.ts'
import { StorageModel } from '../../testing/storage-model.ts'
import { atRate, playStorage } from '../../testing/storage-run.ts'
import { DEFAULT_ADAPTIVE_OPTIONS } from '../adaptive/adaptive-capacity.ts'
import { DEFAULT_RAMP_OPTIONS } from './ramp-options.ts'
import { NEVER_RAMPED, parseRampState, type RampState, rampFactor } from './ramp-state.ts'
import { stepRamp } from './step-ramp.ts'

const TARGET_MS = 250
const DEMAND = 1600
const targets = { latencyTargetMs: { interactive: TARGET_MS } }
const options = {
  capacityPerSecond: 1650,
  adaptive: { ...DEFAULT_RAMP_OPTIONS, ...DEFAULT_ADAPTIVE_OPTIONS, ...targets },
  ramp: { ...DEFAULT_RAMP_OPTIONS, ...targets, warmHitRatio: 0.94 },
}

const aColdStorage = (overrides = {}) =>
  new StorageModel({
    serverCount: 20,
    hitMs: 5,
    times: 'constant',
    missCost: 20,
    timeoutMs: 2000,
    keyCount: 8_000,
    uncachedRatio: 0.05,
    random: pretendRandom(7),
    ...overrides,
  })

const started = (): RampState =>
  stepRamp(
    NEVER_RAMPED,
    { kind: 'start', by: 'ann', reason: 'the cache is new', endsAtMs: ModelGuard.ledgerNowMs(3_600_000) },
    { nowMs: ModelGuard.ledgerNowMs(0), options: options.ramp },
  )
const lateSeconds = (seconds: readonly DrivenSecond[]) => seconds.filter(({ p99Ms }) => p99Ms > TARGET_MS).length
const worstP99 = (seconds: readonly DrivenSecond[]) => Math.round(Math.max(...seconds.map(({ p99Ms }) => p99Ms)))
/** From which second on 95 % of the demand is served in time, every second. */
const servedFrom = (seconds: readonly DrivenSecond[]) =>
  seconds.findLastIndex(({ goodCount }) => goodCount < 0.95 * DEMAND) + 1
const always = (guard: ModelGuard) => () => guard

test('opened at once the cold storage collapses and stays so; ramped, 95 % is reached and p99 is never above its target', () => {
  const lengthMs = 240_000
  const ramped = new ModelGuard(options, 0, started())
  const gently = driveGuard(always(ramped), { storage: aColdStorage(), lengthMs, demandPerSecond: DEMAND })
  measured(
    `cold start, ramped: 95 % from second ${servedFrom(gently)} on, p99 ≤ ${worstP99(gently)} of ${TARGET_MS} ms`,
  )
  expect(lateSeconds(gently)).toBe(0)
  expect(servedFrom(gently)).toBeLessThan(180)
  expect(ramped.ramp.kind).toBe('open')

  const unguarded = playAtOnce(lengthMs)
  const served = unguarded.reduce((sum, { goodCount }) => sum + goodCount, 0)
  measured(
    `cold start, opened at once: ${served} of ${(DEMAND * lengthMs) / 1000} in time, none after the first seconds`,
  )
  expect(unguarded.slice(30).every(({ goodCount }) => goodCount === 0)).toBe(true)
})

test('cold baseline: Envoy takes a cold cache’s latency for its best and is late for a minute; ours is never', () => {
  const lengthMs = 150_000
  for (const peer of [envoyGradient(), vegas(pretendRandom(2)), gradient2(1000)]) {
    const seconds = drivePeer(peer, { storage: aColdStorage(), lengthMs })
    measured(
      `cold baseline: ${peer.name} is above ${TARGET_MS} ms in ${lateSeconds(seconds)} of 150 s, p99 ≤ ${worstP99(seconds)} ms`,
    )
    if (peer.name === 'Envoy') expect(lateSeconds(seconds)).toBeGreaterThan(50)
  }
  const held = driveGuard(always(new ModelGuard(options, 0, started())), { storage: aColdStorage(), lengthMs })
  measured(`cold baseline: ours is above ${TARGET_MS} ms in ${lateSeconds(held)} of 150 s, p99 ≤ ${worstP99(held)} ms`)
  expect(lateSeconds(held)).toBe(0)
})

test('a guard killed in mid-ramp goes on where it stood, and gets there all the same', () => {
  const killedAtMs = 70_000
  const first = new ModelGuard(options, 0, started())
  let second: ModelGuard | null = null
  const guardAt = (nowMs: number): ModelGuard => {
    if (nowMs < killedAtMs) return first
    const kept: unknown = JSON.parse(JSON.stringify(first.ramp))
    second ??= new ModelGuard(
      options,
      nowMs,
      stepRamp(
        parseRampState(kept),
        { kind: 'resume' },
        { nowMs: ModelGuard.ledgerNowMs(nowMs), options: options.ramp },
      ),
    )
    return second
  }
  const factors: number[] = []
  const seconds = driveGuard(guardAt, {
    storage: aColdStorage(),
    lengthMs: 240_000,
    demandPerSecond: DEMAND,
    during: (nowMs) => factors.push(rampFactor(guardAt(nowMs).ramp)),
  })
  const [before, after] = [rampFactor(first.ramp), factors[70] ?? Number.NaN]
  measured(
    `killed in mid-ramp: at ${before.toFixed(2)}, goes on at ${after.toFixed(2)}, 95 % from second ${servedFrom(seconds)} on`,
  )
  expect(before).toBeGreaterThan(options.ramp.probeFactor)
  expect(before).toBeLessThan(1)
  expect(after).toBe(before)
  expect(lateSeconds(seconds)).toBe(0)
  expect(servedFrom(seconds)).toBeLessThan(190)
})

test('a cache lost again in mid-ramp takes the ramp down with it, and it comes back', () => {
  const storage = aColdStorage()
  const guard = new ModelGuard(options, 0, started())
  const factors: number[] = []
  const seconds = driveGuard(always(guard), {
    storage,
    lengthMs: 300_000,
    demandPerSecond: DEMAND,
    during(nowMs) {
      factors.push(rampFactor(guard.ramp))
      if (nowMs === 100_000) storage.loseCache()
    },
  })
  const lateCount = lateSeconds(seconds)
  measured(
    `cache lost in mid-ramp: ${factors[99]?.toFixed(2)} → ${Math.min(...factors.slice(100)).toFixed(2)}, late for ${lateCount} s`,
  )
  expect(Math.min(...factors.slice(100, 115))).toBeLessThan(0.2)
  expect(lateCount).toBeLessThan(20)
  expect(guard.ramp.kind).toBe('open')
})

function playAtOnce(lengthMs: number) {
  return playStorage({ storage: aColdStorage(), lengthMs, demand: atRate(() => DEMAND) })
}
