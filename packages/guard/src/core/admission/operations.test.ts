import { ResourceId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OperationPermit } from './operations.ts'
import { type AdmissionOptions, ResourceAdmission } from './resource-admission.ts'

const RATE = 1_000_000

test('an operation is charged its estimate and gets the difference back', () => {
  const resource = aResource()
  const permits = [1, 2, 3].map(() => permitted(resource, 'interactive', 'ann', 200_000, 2_000))
  expect(resource.admit('interactive', 'ben', 300_000, 2_000)).toMatchObject({ kind: 'refused' })
  for (const permit of permits) resource.settle(permit, 50_000, 2_000)
  expect(resource.admit('interactive', 'ben', 300_000, 2_000)).toMatchObject({ kind: 'admitted' })
})

test('a neighbour keeps its part, and takes none of mail’s', () => {
  const resource = aResource({ neighbours: [{ name: 'drive', share: 0.2 }] })
  draw(resource, 'interactive', 'ann', { units: 10_000, fromMs: 2_000, untilMs: 3_000 })
  expect(resource.admit('interactive', 'ben', 10_000, 3_000)).toMatchObject({ kind: 'refused' })
  expect(draw(resource, 'drive', 'ann', { units: 1_000, fromMs: 3_000, untilMs: 3_000 })).toBe(200_000)
})

test('mail alone never gets what a neighbour leaves', () => {
  const resource = aResource({ neighbours: [{ name: 'drive', share: 0.2 }] })
  const drawn = draw(resource, 'delivery', 'ann', { units: 1_000, fromMs: 5_000, untilMs: 15_000 })
  expect(drawn).toBeLessThanOrEqual(0.8 * RATE * 11)
  expect(drawn).toBeGreaterThan(0.8 * RATE * 10)
})

test('G5: a program that reads in bulk as if it were a person is charged as a resync for the rest', () => {
  const resource = aResource({ bulk: { units: 2_000_000, windowMs: 10_000 } })
  // It takes what a person may, then only what is left over: half of the resource by guarantee is kept from it.
  draw(resource, 'interactive', 'liar', { units: 10_000, fromMs: 2_000, untilMs: 12_000 })
  const before = figureOf(resource, 'resync').drawnUnits
  draw(resource, 'interactive', 'liar', { units: 10_000, fromMs: 12_000, untilMs: 22_000 })
  expect(figureOf(resource, 'resync').drawnUnits - before).toBeGreaterThan(0.2 * RATE * 10)
  expect(figureOf(resource, 'interactive').drawnUnits).toBeLessThan(2 * 2_000_000)
  expect(resource.admit('interactive', 'ann', 300_000, 22_000)).toMatchObject({ kind: 'admitted' })
})

test('G5: however many lie, people find their own share', () => {
  const resource = aResource({ bulk: { units: 100_000, windowMs: 10_000 } })
  let [asked, served] = [0, 0]
  for (let nowMs = 2_000; nowMs < 20_000; nowMs += 10) {
    for (let at = 0; at < 50; at++) settled(resource, 'interactive', `liar-${at}`, 10_000, nowMs)
    if (nowMs < 8_000) continue
    asked += 1
    // Each person opens something small now and then.
    if (settled(resource, 'interactive', `person-${nowMs % 5_000}`, 2_000, nowMs)) served += 1
  }
  expect(served).toBe(asked)
})

test('whoever stays below the limit is a person, however it is spread: never charged as a resync', () => {
  const limit = { units: 1_000, windowMs: 1_000 }
  const read = fc.record({ afterMs: fc.integer({ min: 0, max: 900 }), units: fc.integer({ min: 1, max: 1_000 }) })
  fc.assert(
    fc.property(fc.array(read, { maxLength: 80 }), (reads) => {
      const resource = aResource({ bulk: limit })
      const drawn: { readonly atMs: number; readonly units: number }[] = []
      let nowMs = 2_000
      for (const { afterMs, units } of reads) {
        nowMs += afterMs
        const inWindow = drawn.filter(({ atMs }) => atMs > nowMs - limit.windowMs)
        if (inWindow.reduce((sum, each) => sum + each.units, units) > limit.units) continue
        settled(resource, 'interactive', 'ann', units, nowMs)
        drawn.push({ atMs: nowMs, units })
      }
      expect(figureOf(resource, 'resync').admittedCount).toBe(0)
    }),
  )
})

test('whoever reads in bulk and stops is a person again', () => {
  const resource = aResource({ bulk: { units: 100_000, windowMs: 1_000 } })
  draw(resource, 'interactive', 'ann', { units: 10_000, fromMs: 2_000, untilMs: 4_000 })
  const bulk = figureOf(resource, 'resync').admittedCount
  expect(bulk).toBeGreaterThan(0)
  settled(resource, 'interactive', 'ann', 10_000, 7_000)
  expect(figureOf(resource, 'resync').admittedCount).toBe(bulk)
})

test('those who are refused are told to come back one behind the other, within a minute and a quarter', () => {
  const resource = aResource()
  draw(resource, 'delivery', 'ann', { units: 10_000, fromMs: 2_000, untilMs: 2_000 })
  const told = Array.from({ length: 1_000 }, (_, at) =>
    refusedMs(resource, 'delivery', `account-${at}`, 100_000, 2_000),
  )
  expect(told[0]).toBeLessThan(200)
  expect(told[200]).toBeGreaterThan(20_000)
  expect(Math.max(...told)).toBeLessThanOrEqual(75_000)
  expect(Math.min(...told.slice(700))).toBeGreaterThanOrEqual(60_000)
  expect(new Set(told.slice(700)).size).toBeGreaterThan(250)
})

test('asking again and again moves nobody’s time', () => {
  const resource = aResource()
  draw(resource, 'delivery', 'ann', { units: 10_000, fromMs: 2_000, untilMs: 2_000 })
  const told = refusedMs(resource, 'delivery', 'impatient', 100_000, 2_000)
  for (let at = 0; at < 1_000; at++) expect(refusedMs(resource, 'delivery', 'impatient', 100_000, 2_000)).toBe(told)
  expect(refusedMs(resource, 'delivery', 'ben', 100_000, 2_000)).toBeLessThan(1_000)
})

test('an account at a hundred times the demand gets no more of the lowest level than each of the others (G5)', () => {
  const resource = aResource()
  const drawn = new Map<string, number>()
  for (let nowMs = 2_000; nowMs < 32_000; nowMs += 20) {
    for (let at = 0; at < 100; at++) add(drawn, 'hog', settled(resource, 'resync', 'hog', 10_000, nowMs))
    for (const name of ['ann', 'ben', 'cem', 'dia', 'eve', 'fay', 'gil']) {
      add(drawn, name, settled(resource, 'resync', name, 10_000, nowMs))
    }
  }
  const total = [...drawn.values()].reduce((sum, units) => sum + units, 0)
  expect(total).toBeGreaterThan(0.9 * 30 * RATE)
  for (const [name, units] of drawn) expect(units / total, name).toBeCloseTo(1 / 8, 1.5)
})

test('a name that there is no pool of, and a cost that is none, are errors', () => {
  expect(() => aResource().admit('calendar', 'ann', 1, 0)).toThrow(
    'Cannot admit: there is no pool calendar, only interactive, delivery, resync',
  )
  expect(() => aResource().admit('delivery', 'ann', Number.NaN, 0)).toThrow('units must be a number from 0, got NaN')
  expect(() => aResource({ neighbours: [{ name: 'delivery', share: 0.1 }] })).toThrow('two pools are called delivery')
  expect(() => aResource({ levels: [{ name: 'all', guaranteedShare: 1 }] })).toThrow('all together below 1, got 1')
  expect(() => aResource().setRate(-1, 0)).toThrow('a number from 0 is required, got -1')
  expect(() => aResource().setRate(2, 0, 1)).toThrow('it bears 2 at least, got 1')
})

test('G8: without a part of its own a node lets no resync draw, and everybody else all that the resource bears', () => {
  const resource = aResource({ neighbours: [{ name: 'drive', share: 0.2 }] })
  resource.setRate(0, 1_000, RATE)
  expect(draw(resource, 'resync', 'ann', { units: 1_000, fromMs: 2_000, untilMs: 12_000 })).toBe(0)
  const drawn = draw(resource, 'delivery', 'ann', { units: 1_000, fromMs: 13_000, untilMs: 23_000 })
  expect(drawn).toBeGreaterThan(0.8 * RATE * 10)
  expect(drawn).toBeLessThanOrEqual(0.8 * RATE * 11)
  expect(draw(resource, 'drive', 'ben', { units: 1_000, fromMs: 23_000, untilMs: 23_000 })).toBe(200_000)
})

test('G5: what others draw beyond the node’s part its resyncs leave out, and a second later they go on', () => {
  const resource = aResource({ maxShare: 1 })
  resource.setRate(RATE / 10, 0, RATE)
  draw(resource, 'resync', 'ann', { units: 1_000, fromMs: 2_000, untilMs: 4_000 })
  draw(resource, 'delivery', 'ben', { units: 1_000, fromMs: 4_000, untilMs: 6_000 })
  expect(draw(resource, 'resync', 'ann', { units: 1_000, fromMs: 6_010, untilMs: 6_500 })).toBe(0)
  expect(draw(resource, 'resync', 'ann', { units: 1_000, fromMs: 8_000, untilMs: 10_000 })).toBeGreaterThan(RATE / 10)
})

test('G4, G8: whatever part a node has, resyncs stay within it, and all others together within what the resource bears', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: 400 }),
    pool: fc.constantFrom('resync', 'resync', 'delivery', 'interactive'),
    units: fc.integer({ min: 1, max: 200_000 }),
    part: fc.option(fc.constantFrom(0, 0.1, 0.5, 1), { freq: 6 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120 }), (steps) => {
      const resource = aResource({ maxShare: 1 })
      const drawn: { atMs: number; units: number; resyncUnits: number }[] = []
      let [nowMs, part, largest] = [0, 1, 0]
      for (const { afterMs, pool, units, part: next } of steps) {
        nowMs += afterMs
        part = next ?? part
        largest = Math.max(largest, part)
        resource.setRate(part * RATE, nowMs, RATE)
        // Many ask at once, each for a little: whatever there is gets drawn.
        let got = 0
        for (let at = 0; at < 20; at++) got += settled(resource, pool, `account-${at % 4}`, units / 20, nowMs)
        drawn.push({ atMs: nowMs, units: got, resyncUnits: pool === 'resync' ? got : 0 })
      }
      for (const [at, from] of drawn.entries()) {
        let [others, resyncs] = [0, 0]
        for (const each of drawn.slice(at)) {
          others += each.units - each.resyncUnits
          resyncs += each.resyncUnits
          const seconds = (each.atMs - from.atMs) / 1000 + 1
          // When the part stops being the whole, what was drawn before is not counted: a bucket more.
          if (others > RATE * (seconds + 1) + 1e-3) expect.fail(`${others} units of others in ${seconds} s`)
          if (resyncs > largest * RATE * seconds + 1e-3) expect.fail(`${resyncs} units of resyncs in ${seconds} s`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

function aResource(options: Partial<AdmissionOptions> = {}): ResourceAdmission {
  return new ResourceAdmission({ resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: RATE }, options, 0)
}

function permitted(
  resource: ResourceAdmission,
  pool: string,
  accountId: string,
  units: number,
  nowMs: number,
): OperationPermit {
  const answer = resource.admit(pool, accountId, units, nowMs)
  if (answer.kind === 'refused') throw new Error(`refused for ${answer.retryAfterMs} ms`)
  return answer
}

function refusedMs(resource: ResourceAdmission, pool: string, accountId: string, units: number, nowMs: number): number {
  const answer = resource.admit(pool, accountId, units, nowMs)
  if (answer.kind === 'admitted') throw new Error('was admitted')
  return answer.retryAfterMs
}

/** @returns what was drawn, 0 when refused */
function settled(resource: ResourceAdmission, pool: string, accountId: string, units: number, nowMs: number): number {
  const answer = resource.admit(pool, accountId, units, nowMs)
  if (answer.kind === 'refused') return 0
  resource.settle(answer, units, nowMs)
  return units
}

/** Draws as much as there is, every 10 ms. */
function draw(
  resource: ResourceAdmission,
  pool: string,
  accountId: string,
  { units, fromMs, untilMs }: { readonly units: number; readonly fromMs: number; readonly untilMs: number },
): number {
  let drawn = 0
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 10) {
    while (settled(resource, pool, accountId, units, nowMs) > 0) drawn += units
  }
  return drawn
}

function add(drawn: Map<string, number>, name: string, units: number): void {
  drawn.set(name, (drawn.get(name) ?? 0) + units)
}

function figureOf(resource: ResourceAdmission, name: string) {
  const found = resource.figures(0).pools.find((pool) => pool.name === name)
  if (!found) throw new Error(`no pool ${name}`)
  return found
}
