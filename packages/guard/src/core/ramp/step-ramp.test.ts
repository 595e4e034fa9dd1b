import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LevelWindow, ObservationWindow } from '../adaptive/observation-window.ts'
import { aLevel, aWindow, TARGET_MS } from '../adaptive/testing/a-window.ts'
import { checkedRampOptions, DEFAULT_RAMP_OPTIONS, type RampOptions } from './ramp-options.ts'
import { NEVER_RAMPED, parseRampState, type RampState, type RunningRamp, rampFactor } from './ramp-state.ts'
import { type RampEvent, stepRamp } from './step-ramp.ts'

const options: RampOptions = { ...DEFAULT_RAMP_OPTIONS, latencyTargetMs: { interactive: TARGET_MS }, warmHitRatio: 0.9 }
const WARM = { hitCount: 950, missCount: 50 }
const start: RampEvent = { kind: 'start', by: 'ann', reason: 'the cache is new', endsAtMs: 3_600_000 }

function aRamp(overrides: Partial<RunningRamp> = {}): RunningRamp {
  return {
    kind: 'ramp',
    because: 'x',
    changedAtMs: 0,
    factor: 0.4,
    isGrown: true,
    healthyCount: 0,
    trouble: null,
    startedBy: 'ann',
    reason: 'the cache is new',
    startedAtMs: 0,
    endsAtMs: 3_600_000,
    ...overrides,
  }
}

const after = (state: RampState, event: RampEvent, nowMs = 1000) => stepRamp(state, event, { nowMs, options })
const seen = (
  state: RampState,
  level: Partial<LevelWindow> = {},
  overrides: Partial<ObservationWindow> = {},
  nowMs = 1000,
) => after(state, { kind: 'window', window: aWindow(nowMs, { ...WARM, ...level }, overrides) }, nowMs)

test('from closed to open: a probe, three healthy windows, a quarter more each, three more at the end', () => {
  let state: RampState = { kind: 'closed', because: 'x', changedAtMs: 0 }
  expect(rampFactor(state)).toBe(0)
  state = after(state, start, 0)
  const path: string[] = []
  for (let nowMs = 1000; state.kind !== 'open'; nowMs += 1000) {
    path.push(`${state.kind} ${rampFactor(state).toFixed(2)}`)
    state = seen(state, {}, {}, nowMs)
  }
  expect(path).toEqual([
    ...['probe 0.05', 'probe 0.05', 'probe 0.05', 'ramp 0.06', 'ramp 0.08', 'ramp 0.10', 'ramp 0.12', 'ramp 0.15'],
    ...['ramp 0.19', 'ramp 0.24', 'ramp 0.30', 'ramp 0.37', 'ramp 0.47', 'ramp 0.58', 'ramp 0.73', 'ramp 0.91'],
    ...['ramp 1.00', 'ramp 1.00', 'ramp 1.00'],
  ])
  expect(state.because).toContain('Everything is let in and it does well')
})

test('every change and every stay says why', () => {
  expect(seen(aRamp()).because).toBe('40 % → 50 %: p99 of interactive is at least 50 ms; the target is 100 ms.')
  expect(seen(aRamp(), { latencyMs: 120 }).because).toBe(
    '40 % → 20 %: p99 of interactive is at least 120 ms; the target is 100 ms.',
  )
  expect(seen(aRamp(), { latencyMs: 90 }).because).toBe(
    'Stays at 40 %: p99 of interactive is at least 90 ms; the target is 100 ms.',
  )
  expect(seen(aRamp(), { hitCount: 780, missCount: 220 }).because).toBe(
    'Stays at 40 %: The cache has 78 %; 50 % takes 80 %.',
  )
  expect(after(aRamp(), { kind: 'close', by: 'ben', reason: 'it is on fire' }).because).toBe(
    'Closed by ben: it is on fire',
  )
  expect(after(NEVER_RAMPED, start).because).toBe('ann started it at 5 %: the cache is new')
})

test('amber freezes, red halves, errors are red, and below the probe it is a probe again', () => {
  expect(seen(aRamp(), { latencyMs: 81 })).toMatchObject({ factor: 0.4, healthyCount: 0 })
  expect(seen(aRamp(), { latencyMs: 101 })).toMatchObject({ kind: 'ramp', factor: 0.2, isGrown: false })
  expect(seen(aRamp(), { errorCount: 11 })).toMatchObject({ factor: 0.2 })
  expect(seen(aRamp({ factor: 0.08 }), { latencyMs: 101 })).toMatchObject({ kind: 'probe', factor: 0.04 })
  expect(seen(aRamp({ kind: 'probe', factor: 0.01 }), { latencyMs: 101 })).toMatchObject({
    kind: 'probe',
    factor: 0.01,
  })
})

test('it opens as the cache warms: a cold one keeps it at the probe however long, a lost one halves it', () => {
  const cold = { hitCount: 0, missCount: 1000 }
  let state: RampState = after(NEVER_RAMPED, start, 0)
  for (let nowMs = 1000; nowMs < 600_000; nowMs += 1000) state = seen(state, cold, {}, nowMs)
  expect(rampFactor(state)).toBeLessThanOrEqual(0.1)
  expect(seen(aRamp(), cold)).toMatchObject({ factor: 0.2, trouble: { factor: 0.4, count: 1 } })
})

test('G6: never by time alone: what is not known, from before, stale, or not asked for changes nothing', () => {
  const unknown: RampState[] = [
    seen(aRamp(), { count: 0, latencyMs: null, hitCount: 0, missCount: 0 }),
    seen(aRamp(), { hitCount: 0, missCount: 0 }),
    seen(aRamp(), { errorCount: 2000 }),
    seen(aRamp(), {}, { usedRatio: null }),
    seen(aRamp(), {}, { usedRatio: 0.6 }),
    seen(aRamp({ changedAtMs: 500 })),
    after(aRamp(), { kind: 'window', window: aWindow(1000, WARM) }, 11_001),
    after(aRamp(), { kind: 'window', window: aWindow(1001, WARM) }, 1000),
    after(aRamp(), { kind: 'window', window: aWindow(Number.NaN, WARM) }, 1000),
  ]
  for (const state of unknown) expect(state).toMatchObject({ kind: 'ramp', factor: 0.4, healthyCount: 0 })
})

test('slowness of what was let in before a cut is not cut for again; slowness within a growth is', () => {
  const cut = seen(aRamp(), { latencyMs: 900 })
  expect(seen(cut, { latencyMs: 900 }, {}, 1500)).toMatchObject({ factor: 0.2 })
  expect(seen(cut, { latencyMs: 900 }, {}, 3000)).toMatchObject({ factor: 0.1 })
  expect(seen(aRamp({ changedAtMs: 500 }), { latencyMs: 900 })).toMatchObject({ factor: 0.2 })
})

test('a clock that steps back leaves it deaf to trouble for one window, not for as long as it stepped', () => {
  const ahead = aRamp({ changedAtMs: 3_000_000, isGrown: false })
  const once = seen(ahead, { latencyMs: 900 }, {}, 1000)
  expect(once).toMatchObject({ factor: 0.4, changedAtMs: 1000 })
  expect(seen(once, { latencyMs: 900 }, {}, 2000)).toMatchObject({ factor: 0.2 })
})

test('it tries again where it failed ever more rarely', () => {
  const bearable = 0.5
  let state: RampState = aRamp({ factor: 0.3 })
  const redAtSeconds: number[] = []
  for (let second = 1; second < 400; second++) {
    const before = rampFactor(state)
    state = seen(state, { latencyMs: before > bearable ? 150 : 50 }, {}, second * 1000)
    if (rampFactor(state) < before) redAtSeconds.push(second)
  }
  const gaps = redAtSeconds.slice(1).map((second, at) => second - (redAtSeconds[at] ?? 0))
  expect(redAtSeconds.length).toBeLessThanOrEqual(7)
  expect(gaps).toEqual([...gaps].sort((left, right) => left - right))
  expect(gaps.at(-1)).toBeGreaterThan(80)
})

test('once it does well where it failed, it goes on as before', () => {
  let state: RampState = aRamp({ factor: 0.3, trouble: { factor: 0.5, count: 2 } })
  let second = 0
  while (state.kind !== 'open') state = seen(state, {}, {}, ++second * 1000)
  expect(second).toBe(1 + 10 + 10 + 3 + 3)
})

test('after its end it grows no more, still gives way, and goes on when it is given more time', () => {
  const late = aRamp({ endsAtMs: 900 })
  expect(seen(late)).toMatchObject({ factor: 0.4, because: expect.stringContaining('its end has passed') })
  expect(seen(late, { latencyMs: 900 })).toMatchObject({ factor: 0.2 })
  const longer = after(late, { kind: 'extend', by: 'ben', reason: 'nearly there', endsAtMs: 9000 })
  expect(seen(longer, {}, {}, 2000)).toMatchObject({ factor: 0.5 })
})

test('a guard that was killed goes on where it stood, through what was kept, and with fresh figures only', () => {
  const kept: unknown = JSON.parse(JSON.stringify(aRamp({ healthyCount: 2 })))
  const resumed = after(parseRampState(kept), { kind: 'resume' }, 5000)
  expect(resumed).toMatchObject({ kind: 'ramp', factor: 0.4, healthyCount: 0, changedAtMs: 5000 })
  expect(seen(resumed, {}, {}, 5500)).toMatchObject({ factor: 0.4 })
  expect(seen(resumed, {}, {}, 6000)).toMatchObject({ factor: 0.5 })
})

test('what was kept and is no state is refused with what is wrong', () => {
  expect(() => parseRampState({ ...aRamp(), factor: 1.5 })).toThrow(/Cannot go on with a ramp.*factor/s)
  expect(() => parseRampState({ kind: 'warming' })).toThrow(TypeError)
  expect(parseRampState(NEVER_RAMPED)).toEqual(NEVER_RAMPED)
})

test('what an operator says has a name, a reason and an end to come', () => {
  expect(() => after(NEVER_RAMPED, { ...start, endsAtMs: 1000 })).toThrow(/its end must be after now 1000, got 1000/)
  expect(() => after(NEVER_RAMPED, { ...start, by: '' })).toThrow(/name of whoever/)
  expect(() => after(aRamp(), { kind: 'close', by: 'ann', reason: '' })).toThrow(/takes a reason/)
})

test('options out of their range are refused with the value', () => {
  const checked = (overrides: object) => () => checkedRampOptions({ ...options, ...overrides })
  expect(checked({})).not.toThrow()
  expect(checked({ probeFactor: 1 })).toThrow(/probeFactor .* got 1/)
  expect(checked({ leastFactor: 0.06 })).toThrow(/leastFactor .* got 0.06/)
  expect(checked({ warmHitRatio: 1 })).toThrow(/warmHitRatio .* got 1/)
  expect(checked({ healthyWindowCount: 0 })).toThrow(/healthyWindowCount .* got 0/)
  expect(checked({ staleAfterMs: 0 })).toThrow(/staleAfterMs .* got 0/)
})

const anyLevel = fc.record({
  latencyMs: fc.option(fc.constantFrom(50, 90, 150, 900, Number.NaN)),
  count: fc.constantFrom(1000, 5, 0, Number.NaN),
  errorCount: fc.constantFrom(0, 0, 0, 50, 9999),
  hitCount: fc.constantFrom(950, 500, 0),
  missCount: fc.constantFrom(50, 0),
})
const anyEvent: fc.Arbitrary<{ event: RampEvent; afterMs: number }> = fc.record({
  event: fc.oneof(
    { weight: 8, arbitrary: fc.constant<RampEvent>({ kind: 'window', window: aWindow(0, WARM) }) },
    { weight: 8, arbitrary: anyLevel.map((level): RampEvent => ({ kind: 'window', window: aWindow(0, level) })) },
    fc.constant<RampEvent>({ kind: 'resume' }),
    fc.constantFrom<RampEvent>(
      start,
      { kind: 'close', by: 'ann', reason: 'x' },
      { kind: 'open', by: 'ann', reason: 'x' },
      { kind: 'extend', by: 'ann', reason: 'x', endsAtMs: 7_200_000 },
    ),
  ),
  afterMs: fc.constantFrom(0, 500, 1000, 1000, 1000, 3000),
})

test('G4, G6: whatever happens it is a state, lets in between nothing and everything, and lets in more only for cause', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 80 }), (steps) => {
      let state: RampState = after(NEVER_RAMPED, start, 0)
      let nowMs = 0
      for (const { event: any, afterMs } of steps) {
        nowMs += afterMs
        const event =
          any.kind === 'window'
            ? { ...any, window: { ...any.window, startedAtMs: nowMs - 1000, endedAtMs: nowMs } }
            : any
        const before = state
        state = after(before, event, nowMs)
        expect(parseRampState(JSON.parse(JSON.stringify(state)))).toEqual(state)
        const [was, is] = [rampFactor(before), rampFactor(state)]
        expect(is).toBeGreaterThanOrEqual(0)
        expect(is).toBeLessThanOrEqual(1)
        if (is <= was || event.kind === 'start' || event.kind === 'open') continue
        expect(is).toBeLessThanOrEqual(was * 1.25)
        if (event.kind !== 'window') throw new Error(`${event.kind} let in more`)
        expect(event.window.startedAtMs).toBeGreaterThanOrEqual(before.changedAtMs)
        const [level = aLevel()] = event.window.levels
        expect(level.latencyMs).toBeLessThanOrEqual(80)
        expect(level.count).toBe(1000)
        expect(level.errorCount).toBe(0)
        expect(is * (level.missCount / (level.hitCount + level.missCount))).toBeLessThanOrEqual(0.1)
      }
    }),
    { numRuns: 300 },
  )
})

test('every state answers every event, and settled ones only what an operator says', () => {
  const judged: RampEvent = { kind: 'window', window: aWindow(1000, WARM) }
  for (const state of [NEVER_RAMPED, { ...NEVER_RAMPED, kind: 'closed' }] satisfies RampState[]) {
    expect(after(state, judged)).toBe(state)
    expect(after(state, { kind: 'resume' })).toBe(state)
    expect(after(state, start)).toMatchObject({ kind: 'probe', factor: 0.05 })
  }
  for (const kind of ['probe', 'ramp'] as const) {
    expect(after(aRamp({ kind }), start)).toMatchObject({ kind: 'probe', factor: 0.05 })
    expect(after(aRamp({ kind }), { kind: 'open', by: 'ann', reason: 'x' })).toMatchObject({ kind: 'open' })
    expect(after(aRamp({ kind }), { kind: 'close', by: 'ann', reason: 'x' })).toMatchObject({ kind: 'closed' })
  }
})
