import { Actor, SwitchEffect } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SwitchBoard } from './switch-board.ts'
import { ThrottleGate } from './throttle-gate.ts'

const RATE = 1_000_000
const resource = { resourceId: 'shard-1', bytesPerSecond: RATE }
const at = (nowMs: number) => ({ nowMs, wallNowMs: nowMs })
const END_MS = 60_000

function aBoard(...effects: unknown[]): SwitchBoard {
  return new SwitchBoard(
    effects.map((effect, place) => ({
      switchNo: place + 1,
      effect: SwitchEffect.parse(effect),
      reason: 'load',
      by: Actor.parse('olga'),
      setAtMs: 0,
      endsAtMs: END_MS,
    })),
  )
}
const bridgeTo = (toRatio: number) => ({ kind: 'throttle', clientClass: 'bridge', toRatio })

/** Draws all it gets for some time, in tries a hundredth of a second apart. @returns bytes drawn, by moment */
function drawn(gate: ThrottleGate, board: SwitchBoard, clientClass: string, fromMs: number, toMs: number) {
  const draws: { readonly nowMs: number; readonly bytes: number }[] = []
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) {
    const permit = gate.tryBegin(board, { resource, clientClass }, 250_000, at(nowMs))
    if (!('pageBytes' in permit)) continue
    gate.end(permit, permit.pageBytes, nowMs)
    draws.push({ nowMs, bytes: permit.pageBytes })
  }
  return draws
}
const sum = (draws: readonly { readonly bytes: number }[]) => draws.reduce((total, { bytes }) => total + bytes, 0)

test('J9: a class at 10 % draws a tenth of the rate from the first second, others are not counted, and it ends by itself', () => {
  const gate = new ThrottleGate()
  const board = aBoard(bridgeTo(0.1))
  const bridge = sum(drawn(gate, board, 'bridge', 0, 10_000))
  expect(bridge).toBeLessThanOrEqual(RATE)
  expect(bridge).toBeGreaterThanOrEqual(0.95 * RATE)
  expect(drawn(gate, board, 'web', 10_000, 11_000)).toHaveLength(100)
  expect(drawn(gate, board, 'bridge', END_MS, END_MS + 1_000)).toHaveLength(100)
})

test('a class at 0 % gets nothing, and is not told a time that would be a guess', () => {
  const asked = { resource, clientClass: 'bridge' }
  expect(new ThrottleGate().tryBegin(aBoard(bridgeTo(0)), asked, 1, at(0))).toEqual({ waitMs: null })
})

test('an item larger than its page is paid back before the class draws again', () => {
  const gate = new ThrottleGate()
  const board = aBoard(bridgeTo(0.1))
  const asked = { resource, clientClass: 'bridge' }
  // The bucket is made by the first question and fills from then on.
  gate.tryBegin(board, asked, 250_000, at(0))
  const permit = gate.tryBegin(board, asked, 250_000, at(1_000))
  if (!('pageBytes' in permit)) return expect.fail('a full bucket let nothing through')
  gate.end(permit, 500_000, 1_000)
  expect(gate.tryBegin(board, asked, 250_000, at(1_000))).toEqual({ waitMs: 4_250 })
})

test('G4: all that a switch is about draws, in any window, at most its share × t and one second of it', () => {
  const classes = fc.constantFrom('bridge', 'web')
  const tries = fc.array(
    fc.record({ clientClass: classes, afterMs: fc.nat(400), used: fc.double({ min: 0, max: 1 }) }),
    {
      maxLength: 80,
    },
  )
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.9, noNaN: true }), tries, (toRatio, given) => {
      const gate = new ThrottleGate()
      const board = aBoard({ kind: 'throttle', resourceId: 'shard-1', toRatio }, bridgeTo(toRatio / 2))
      const draws: { nowMs: number; bytes: number; clientClass: string }[] = []
      let nowMs = 0
      for (const { clientClass, afterMs, used } of given) {
        nowMs += afterMs
        const permit = gate.tryBegin(board, { resource, clientClass }, 250_000, at(nowMs))
        if (!('pageBytes' in permit)) continue
        const bytes = Math.floor(permit.pageBytes * (Number.isNaN(used) ? 1 : used))
        gate.end(permit, bytes, nowMs)
        draws.push({ nowMs, bytes, clientClass })
      }
      for (const [from, first] of draws.entries()) {
        for (let to = from; to < draws.length; to++) {
          const window = draws.slice(from, to + 1)
          const seconds = ((draws[to]?.nowMs ?? 0) - first.nowMs) / 1000 + 1
          expect(sum(window)).toBeLessThanOrEqual(RATE * toRatio * seconds + 1)
          const bridge = window.filter(({ clientClass }) => clientClass === 'bridge')
          expect(sum(bridge)).toBeLessThanOrEqual((RATE * toRatio * seconds) / 2 + 1)
        }
      }
    }),
    { numRuns: 60 },
  )
})
