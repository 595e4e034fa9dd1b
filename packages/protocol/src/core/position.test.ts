import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pretendRandom } from '../testing/pretend-random.ts'
import { murmur3 } from './murmur3.ts'
import { cohort, notBeforeInMs, position, positionFromSeed, positionSeed } from './position.ts'

const Vectors = z.object({
  positions: z.array(
    z.object({
      what: z.string(),
      signalId: z.string(),
      id: z.string(),
      positionSeed: z.int(),
      positionHash: z.int(),
      position: z.number(),
      cohortHash: z.int(),
      cohort: z.number(),
    }),
  ),
})
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../vectors/positions.json', import.meta.url), 'utf8')),
).positions

const anId = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 })
const aPosition = fc.nat(0xffffffff).map((hash) => hash / 2 ** 32)
const aLengthMs = fc.nat(34_560_000_000)

test.each(vectors)('position and cohort are what an independent implementation gives: $what', (vector) => {
  expect(positionSeed(vector.signalId)).toBe(vector.positionSeed)
  expect(murmur3(vector.id, positionSeed(vector.signalId))).toBe(vector.positionHash)
  expect(position(vector.signalId, vector.id)).toBe(vector.position)
  expect(cohort(vector.signalId, vector.id)).toBe(vector.cohort)
  expect(vector.cohort).toBe(vector.cohortHash / 2 ** 32)
})

test('C7: a position is in [0, 1) and depends on signal and client only', () => {
  fc.assert(
    fc.property(anId, anId, (signalId, clientId) => {
      const place = position(signalId, clientId)
      expect(place).toBeGreaterThanOrEqual(0)
      expect(place).toBeLessThan(1)
      expect(positionFromSeed(positionSeed(signalId), clientId)).toBe(place)
      expect(cohort(signalId, clientId)).toBeGreaterThanOrEqual(0)
      expect(cohort(signalId, clientId)).toBeLessThan(1)
    }),
  )
})

// Upper critical values of the chi-square distribution at 0.001: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
// The ids are fixed, so what passes once passes always.
const CRITICAL_99 = 148.23
const CRITICAL_81 = 126.083

const random = pretendRandom(2023)
const crowds = [
  { kind: 'sequential ids', ids: Array.from({ length: 100_000 }, (_, at) => `client-${at}`) },
  { kind: 'bare numbers', ids: Array.from({ length: 100_000 }, (_, at) => String(at)) },
  { kind: 'uuids', ids: Array.from({ length: 100_000 }, () => aUuid(random)) },
  { kind: 'ids beyond ASCII', ids: Array.from({ length: 100_000 }, (_, at) => `клиент 🌊 ${at}`) },
]

describe.each(crowds)('100,000 $kind', ({ ids }) => {
  const signalId = '01890a5d-ac96-774b-bcce-b302099a8057'
  const positions = ids.map((id) => position(signalId, id))
  const cohorts = ids.map((id) => cohort(signalId, id))

  test('positions are uniform', () => {
    expect(chiSquare(counted(positions, 100))).toBeLessThan(CRITICAL_99)
  })

  test('cohorts are uniform', () => {
    expect(chiSquare(counted(cohorts, 100))).toBeLessThan(CRITICAL_99)
  })

  test('positions within the first one per cent of cohorts are uniform, so that a small stage spreads as well', () => {
    const canaries = positions.filter((_, at) => (cohorts[at] ?? 1) < 0.01)
    expect(chiSquare(counted(canaries, 10))).toBeLessThan(27.877) // 9 degrees of freedom, same table
  })

  test('the position says nothing about the cohort of the same id', () => {
    expect(independence(positions, cohorts)).toBeLessThan(CRITICAL_81)
  })

  test('the position for one signal says nothing about the position for the next', () => {
    const next = ids.map((id) => position('01890a5d-ac96-774b-bcce-b302099a8058', id))
    expect(independence(positions, next)).toBeLessThan(CRITICAL_81)
  })
})

test('the chi-square tests can fail: a crowd with one in twenty moved to the other half, or paired with itself, is noticed', () => {
  const even = Array.from({ length: 100_000 }, (_, at) => (at + 0.5) / 100_000)
  const dense = even.map((place, at) => (place >= 0.5 && at % 20 === 0 ? place - 0.5 : place))
  expect(chiSquare(counted(even, 100))).toBe(0)
  expect(chiSquare(counted(dense, 100))).toBeGreaterThan(CRITICAL_99)
  expect(independence(even, even)).toBeGreaterThan(CRITICAL_81)
})

test('C7: a longer window stretches the crowd and never reorders it', () => {
  fc.assert(
    fc.property(aPosition, aPosition, aLengthMs, aLengthMs, (left, right, one, other) => {
      const [first, second] = left <= right ? [left, right] : [right, left]
      const [short, long] = one <= other ? [one, other] : [other, one]
      const due = (place: number, windowMs: number) => notBeforeInMs({ position: place, windowMs, startedAgoMs: 0 })
      expect(due(first, short)).toBeLessThanOrEqual(due(second, short))
      expect(due(first, long)).toBeLessThanOrEqual(due(second, long))
      expect(due(first, short)).toBeLessThanOrEqual(due(first, long))
    }),
  )
})

test('a not-before is a whole number of milliseconds within the window, and comes one millisecond nearer with each that passes', () => {
  fc.assert(
    fc.property(aPosition, aLengthMs, aLengthMs, (place, windowMs, startedAgoMs) => {
      const waitMs = notBeforeInMs({ position: place, windowMs, startedAgoMs })
      expect(Number.isSafeInteger(waitMs)).toBe(true)
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(waitMs).toBeLessThanOrEqual(windowMs)
      expect(notBeforeInMs({ position: place, windowMs, startedAgoMs: startedAgoMs + 1 })).toBe(Math.max(0, waitMs - 1))
    }),
  )
})

test('nobody begins early: the wait is rounded up', () => {
  expect(notBeforeInMs({ position: 0.0001, windowMs: 1000, startedAgoMs: 0 })).toBe(1)
  expect(notBeforeInMs({ position: 0.5, windowMs: 1001, startedAgoMs: 500 })).toBe(1)
  expect(notBeforeInMs({ position: 0.5, windowMs: 1000, startedAgoMs: 500 })).toBe(0)
  expect(notBeforeInMs({ position: 0, windowMs: 1000, startedAgoMs: 0 })).toBe(0)
  expect(notBeforeInMs({ position: 0.99, windowMs: 0, startedAgoMs: 0 })).toBe(0)
})

function counted(places: readonly number[], cellCount: number): number[] {
  const counts = new Array<number>(cellCount).fill(0)
  for (const place of places) {
    const cell = Math.floor(place * cellCount)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return counts
}

function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** Chi-square of a 10 × 10 table of two places against the product of its margins: 81 degrees of freedom. */
function independence(left: readonly number[], right: readonly number[]): number {
  const cells = counted(
    left.map((place, at) => (Math.floor(place * 10) + (right[at] ?? 0)) / 10),
    100,
  )
  const lefts = counted(left, 10)
  const rights = counted(right, 10)
  return cells.reduce((sum, count, cell) => {
    const expected = ((lefts[Math.floor(cell / 10)] ?? 0) * (rights[cell % 10] ?? 0)) / left.length
    return sum + (count - expected) ** 2 / expected
  }, 0)
}

function aUuid(chance: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
