import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { type DrivenSecond, driveGuard, drivePeer } from '../../testing/driven-storage.ts'
import { measured } from '../../testing/measured.ts'
import { ModelGuard } from '../../testing/model-guard.ts'
import { aimd, envoyGradient, gradient2, windowed } from '../../testing/peer-limits.ts'
import { StorageModel } from '../../testing/storage-model.ts'
import { DEFAULT_RAMP_OPTIONS } from '../ramp/ramp-options.ts'
import { startAdaptive, stepAdaptive } from './adaptive-capacity.ts'
import { aWindow, OPTIONS } from './testing/a-window.ts'

// What teams use instead fails in three known ways: it drifts (its idea of "fast" follows the overload), it takes a cold
// storage's latency for its best, and it swings. Here: drift and swings. The cold one is in ramp/cold-start.test.ts.

const KNEE = 50
const BASE_MS = 100
const HALF_HOUR_MS = 1_800_000
const ours = { ...OPTIONS, latencyTargetMs: { interactive: 200 } }
/** Twice what the storage bears, which is 500 a second. */
const declared = { capacityPerSecond: 1000, adaptive: ours, ramp: { ...DEFAULT_RAMP_OPTIONS, ...ours } }

const aGuard = (overrides = {}) => {
  const guard = new ModelGuard({ ...declared, ...overrides }, 0)
  return () => guard
}

const aStorage = (timeoutMs: number, overrides = {}) =>
  new StorageModel({
    serverCount: KNEE,
    hitMs: BASE_MS,
    times: 'constant',
    missCost: 1,
    timeoutMs,
    keyCount: 10,
    uncachedRatio: 0,
    random: pretendRandom(1),
    ...overrides,
  })

const swing = (seconds: readonly DrivenSecond[]) => {
  const allowed = seconds.map((second) => second.allowed)
  return Math.max(...allowed) / Math.min(...allowed)
}
const meanGood = (seconds: readonly DrivenSecond[]) =>
  seconds.reduce((sum, { goodCount }) => sum + goodCount, 0) / seconds.length
const worstP99 = (seconds: readonly DrivenSecond[]) => Math.max(...seconds.map(({ p99Ms }) => p99Ms))

test('drift: in half an hour of saturation Gradient2 never stops rising, while ours stays at the knee', () => {
  const theirs = drivePeer(windowed(gradient2(1000)), { storage: aStorage(60_000), lengthMs: HALF_HOUR_MS })
  const everyFiveMinutes = theirs.filter(({ endsAtMs }) => endsAtMs % 300_000 === 60_000).map(({ allowed }) => allowed)
  measured(`drift: Gradient2's limit every five minutes ${everyFiveMinutes.join(', ')}; p99 ${theirs.at(-1)?.p99Ms} ms`)
  for (const [at, limit] of everyFiveMinutes.entries()) expect(limit).toBeGreaterThan(everyFiveMinutes[at - 1] ?? 0)
  expect(theirs.at(-1)?.p99Ms).toBeGreaterThan(1.35 * (theirs[60]?.p99Ms ?? Number.NaN))

  const held = driveGuard(aGuard(), { storage: aStorage(60_000), lengthMs: HALF_HOUR_MS }).slice(60)
  const last = held.slice(-300)
  measured(`drift: ours factor ${rangeOf(held)} (the knee is at 0.50), p99 ≤ ${Math.round(worstP99(held))} ms`)
  expect(swing(held)).toBeLessThan(1.3)
  expect(worstP99(held)).toBeLessThan(1.3 * 200)
  expect(Math.max(...last.map(({ allowed }) => allowed))).toBeLessThan(0.55)
  expect(meanGood(last)).toBeGreaterThan(0.9 * 500)
})

test('drift: where latency answers at once to what is let in, Gradient2 is at its most in half an hour; ours at the target', () => {
  const latencyAt = (load: number) => BASE_MS * Math.max(1, load / KNEE)
  const theirs = gradient2(1000)
  for (let nowMs = 0; nowMs < HALF_HOUR_MS; nowMs += 2) {
    theirs.onReply({ nowMs, latencyMs: latencyAt(theirs.limit), inFlightCount: theirs.limit, isDropped: true })
  }
  expect(theirs.limit).toBe(1000)

  const capacity = 200
  const options = { ...OPTIONS, latencyTargetMs: { interactive: 150 } }
  let state = startAdaptive(options, 0)
  const loads: number[] = []
  for (let nowMs = 1000; nowMs < HALF_HOUR_MS; nowMs += 1000) {
    const latencyMs = latencyAt(capacity * state.factor)
    state = stepAdaptive(state, aWindow(nowMs, { latencyMs }), options)
    loads.push(capacity * state.factor)
  }
  const settled = loads.slice(60)
  measured(
    `drift, no delay: Gradient2 lets in ${theirs.limit}, ours ${Math.min(...settled)} to ${Math.max(...settled)}`,
  )
  expect(Math.max(...settled)).toBeLessThanOrEqual(75)
  expect(Math.min(...settled)).toBeGreaterThan(60)
})

test('flapping: AIMD and Gradient2 swing by factors and Envoy closes once a minute, while ours swings by a quarter', () => {
  const lengthMs = 300_000
  const peers = [aimd(), gradient2(1000), envoyGradient()].map((peer) => ({
    name: peer.name,
    seconds: drivePeer(peer, { storage: aStorage(1500), lengthMs }).slice(60),
  }))
  for (const { name, seconds } of peers) {
    measured(
      `flapping: ${name} swings by ${swing(seconds).toFixed(1)}, ${Math.round(meanGood(seconds))} of 500 in time`,
    )
    expect(swing(seconds)).toBeGreaterThan(4)
  }
  const held = driveGuard(aGuard(), { storage: aStorage(1500), lengthMs }).slice(60)
  measured(`flapping: ours swings by ${swing(held).toFixed(2)}, ${Math.round(meanGood(held))} of 500 in time`)
  expect(swing(held)).toBeLessThan(1.3)
  for (const { seconds } of peers) expect(meanGood(held)).toBeGreaterThan(meanGood(seconds))
})

test('a storage that takes half as long again for a minute is given what it bears, and all of it again within a minute after', () => {
  const storage = aStorage(1500)
  const seconds = driveGuard(aGuard({ capacityPerSecond: 480 }), {
    storage,
    lengthMs: 300_000,
    during(nowMs) {
      if (nowMs === 100_000) storage.slowDown(1.5)
      if (nowMs === 160_000) storage.slowDown(1)
    },
  })
  const during = seconds.slice(130, 160)
  measured(`slow for a minute: factor ${rangeOf(during)} of 0.69, p99 ≤ ${Math.round(worstP99(during))} ms`)
  expect(seconds[99]?.allowed).toBe(1)
  expect(Math.max(...during.map(({ allowed }) => allowed))).toBeLessThan(0.75)
  expect(seconds.findIndex(({ endsAtMs, allowed }) => endsAtMs > 160_000 && allowed === 1)).toBeLessThan(220)
})

test('a storage as uneven as any, with a target just above what it takes by itself, is not starved by chance', () => {
  // Exponential times: the 99th percentile is 461 ms with nothing to wait for.
  const adaptive = { ...OPTIONS, latencyTargetMs: { interactive: 500 } }
  for (const capacityPerSecond of [480, 1000]) {
    const storage = aStorage(5000, { times: 'exponential' })
    const seconds = driveGuard(aGuard({ capacityPerSecond, adaptive }), { storage, lengthMs: 600_000 }).slice(60)
    const [good, most] = [meanGood(seconds), Math.min(capacityPerSecond, 500)]
    measured(
      `uneven: factor ${rangeOf(seconds)} of ${capacityPerSecond} a second, ${Math.round(good)} of ${most} in time, p99 ≤ ${Math.round(worstP99(seconds))} ms`,
    )
    expect(good).toBeGreaterThan(0.9 * most)
    expect(worstP99(seconds)).toBeLessThan(1.5 * 500)
  }
})

function rangeOf(seconds: readonly DrivenSecond[]): string {
  const allowed = seconds.map((second) => second.allowed)
  return `${Math.min(...allowed).toFixed(2)} to ${Math.max(...allowed).toFixed(2)}`
}
