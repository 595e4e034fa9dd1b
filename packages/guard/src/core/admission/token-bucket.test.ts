import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const shape = { capacityUnits: 1000, unitsPerSecond: 1000 }

test('what was reserved and not drawn goes back', () => {
  const bucket = new TokenBucket(shape, 1000, 0)
  expect(bucket.tryReserve(800, 0)).toBe(true)
  expect(bucket.tryReserve(300, 0)).toBe(false)
  bucket.settle(800, 100, 0)
  expect(bucket.levelUnits(0)).toBe(900)
})

test('a single read larger than its reservation is paid back before the next one', () => {
  const bucket = new TokenBucket(shape, 1000, 0)
  bucket.tryReserve(500, 0)
  bucket.settle(500, 3000, 0)
  expect(bucket.levelUnits(0)).toBe(-2000)
  expect(bucket.waitMs(500, 0)).toBe(2500)
  expect(bucket.tryReserve(500, 2499)).toBe(false)
  expect(bucket.tryReserve(500, 2500)).toBe(true)
})

test('a clock that steps back fills nothing', () => {
  const bucket = new TokenBucket(shape, 0, 10_000)
  expect(bucket.levelUnits(5_000)).toBe(0)
  expect(bucket.levelUnits(5_500)).toBe(500)
})

test('a smaller bucket keeps what fits, and a debt', () => {
  const full = new TokenBucket(shape, 1000, 0)
  full.reshape({ capacityUnits: 400, unitsPerSecond: 100 }, 0)
  expect(full.levelUnits(0)).toBe(400)
  const owing = new TokenBucket(shape, 0, 0)
  owing.settle(0, 700, 0)
  owing.reshape({ capacityUnits: 400, unitsPerSecond: 100 }, 0)
  expect(owing.levelUnits(0)).toBe(-700)
})

test('in no window is more drawn than rate × time and one bucket, counted at a read’s beginning or end (G4)', () => {
  const step = fc.record({
    // More is asked for than there is, or the bound would hold by itself.
    afterMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 })),
    bytes: fc.integer({ min: 1, max: 500 }),
    lastsMs: fc.constantFrom(0, 40, 900),
    drawnShare: fc.constantFrom(1, 1, 1, 0.5, 0),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
      const bucket = new TokenBucket(shape, 0, 0)
      const begun: Drawn[] = []
      const ended: Drawn[] = []
      let pending: { atMs: number; reserved: number; drawn: number }[] = []
      let nowMs = 0
      const settleUntil = (untilMs: number) => {
        for (const read of pending.filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)) {
          bucket.settle(read.reserved, read.drawn, read.atMs)
          ended.push({ atMs: read.atMs, bytes: read.drawn })
        }
        pending = pending.filter((each) => each.atMs > untilMs)
      }
      for (const { afterMs, bytes, lastsMs, drawnShare } of steps) {
        nowMs += afterMs
        settleUntil(nowMs)
        if (!bucket.tryReserve(bytes, nowMs)) continue
        const drawn = Math.floor(bytes * drawnShare)
        begun.push({ atMs: nowMs, bytes: drawn })
        pending.push({ atMs: nowMs + lastsMs, reserved: bytes, drawn })
      }
      settleUntil(Number.POSITIVE_INFINITY)
      expectWithin(begun)
      expectWithin(ended)
    }),
  )
})

type Drawn = { readonly atMs: number; readonly bytes: number }

function expectWithin(reads: readonly Drawn[]): void {
  for (const from of reads) {
    for (const until of reads) {
      const inside = reads.filter(({ atMs }) => atMs >= from.atMs && atMs <= until.atMs)
      const allowed = (shape.unitsPerSecond * (until.atMs - from.atMs)) / 1000 + shape.capacityUnits
      if (until.atMs >= from.atMs) expect(sum(inside)).toBeLessThanOrEqual(allowed + 1e-6)
    }
  }
}

function sum(reads: readonly Drawn[]): number {
  return reads.reduce((total, { bytes }) => total + bytes, 0)
}
