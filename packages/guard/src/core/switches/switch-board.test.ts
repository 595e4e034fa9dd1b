import { Actor, SwitchEffect } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SwitchBoard } from './switch-board.ts'
import { type SwitchRecord, shownSwitch } from './switch-record.ts'

const bridge = { resourceId: 'shard-1', clientClass: 'bridge' }

let lastNo = 0
function aSwitch(effect: unknown, endsAtMs = 1_000): SwitchRecord {
  lastNo += 1
  const by = Actor.parse('olga')
  return { switchNo: lastNo, effect: SwitchEffect.parse(effect), reason: 'load', by, setAtMs: 0, endsAtMs }
}
const throttle = (toRatio: number, more: object = { clientClass: 'bridge' }, endsAtMs = 1_000) =>
  aSwitch({ kind: 'throttle', toRatio, ...more }, endsAtMs)

test('J9: a throttled class draws its share and others all of theirs, up to the end and not a millisecond longer', () => {
  const board = new SwitchBoard([throttle(0.1)])
  expect(board.factorFor(bridge, 999)).toBe(0.1)
  expect(board.factorFor({ ...bridge, clientClass: 'web' }, 999)).toBe(1)
  expect(board.factorFor(bridge, 1_000)).toBe(1)
})

test('conditions that a throttle gives all have to fit', () => {
  const board = new SwitchBoard([
    throttle(0.5, { resourceId: 'shard-1' }),
    throttle(0.2, { clientClass: 'bridge', resourceId: 'shard-1' }),
  ])
  expect(board.factorFor(bridge, 0)).toBe(0.2)
  expect(board.factorFor({ ...bridge, clientClass: 'web' }, 0)).toBe(0.5)
  expect(board.factorFor({ ...bridge, resourceId: 'shard-2' }, 0)).toBe(1)
})

test('of two about the same the strictest holds, and what is left when it ends is the other', () => {
  const board = new SwitchBoard([throttle(0, undefined, 100), throttle(0.5)])
  expect(board.factorFor(bridge, 99)).toBe(0)
  expect(board.factorFor(bridge, 100)).toBe(0.5)
})

test('J8: a service that is shed twice is off until the later end, with the words that go with it', () => {
  const shed = (text: string, endsAtMs: number) => aSwitch({ kind: 'shed', service: 'mail', text }, endsAtMs)
  const board = new SwitchBoard([shed('for an hour', 1_000), shed('for a minute', 100)])
  expect(board.shedOf('mail', 50)).toEqual({ text: 'for an hour', endsInMs: 950 })
  expect(board.shedOf('drive', 50)).toBeNull()
  expect(board.shedOf('mail', 1_000)).toBeNull()
})

test('M3: the newest order to open a resource is the one that counts', () => {
  const [first, second] = [1_000, 500].map((end) => aSwitch({ kind: 'ramp', resourceId: 'shard-1' }, end))
  const board = new SwitchBoard([first, second].filter((each) => each !== undefined))
  expect(board.rampOf('shard-1', 400)).toBe(second)
  expect(board.rampOf('shard-1', 600)).toBe(first)
  expect(board.rampOf('shard-2', 400)).toBeNull()
})

const name = fc.constantFrom('a', 'b')
const effect = fc.oneof(
  fc.record({
    kind: fc.constant('throttle'),
    clientClass: name,
    toRatio: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('throttle'), resourceId: name, toRatio: fc.constantFrom(0, 0.5) }),
  fc.record({ kind: fc.constant('pause'), causeId: name }),
  fc.record({ kind: fc.constant('shed'), service: name, text: fc.constant('off') }),
  fc.record({ kind: fc.constant('ramp'), resourceId: name }),
)
const switches = fc.array(fc.tuple(effect, fc.integer({ min: -5, max: 20 })), { maxLength: 8 })
const drawing = fc.record({ resourceId: name, clientClass: name })

test('no switch outlives its end, none raises anything, and one more only ever restricts more', () => {
  fc.assert(
    fc.property(switches, drawing, fc.integer({ min: -10, max: 25 }), (given, asked, nowMs) => {
      const records = given.map(([each, endsAtMs]) => aSwitch(each, endsAtMs))
      const board = new SwitchBoard(records)
      const alive = new SwitchBoard(records.filter(({ endsAtMs }) => endsAtMs > nowMs))
      const fewer = new SwitchBoard(records.slice(1))
      const factor = board.factorFor(asked, nowMs)
      expect(factor).toBeGreaterThanOrEqual(0)
      expect(factor).toBeLessThanOrEqual(fewer.factorFor(asked, nowMs))
      expect(fewer.factorFor(asked, nowMs)).toBeLessThanOrEqual(1)
      expect(factor).toBe(alive.factorFor(asked, nowMs))
      for (const each of ['a', 'b']) {
        expect(board.isPaused(each, nowMs)).toBe(alive.isPaused(each, nowMs))
        expect(board.isPaused(each, nowMs) || !fewer.isPaused(each, nowMs)).toBe(true)
        expect(board.shedOf(each, nowMs)).toEqual(alive.shedOf(each, nowMs))
        expect(board.shedOf(each, nowMs)?.endsInMs ?? 0).toBeGreaterThanOrEqual(
          fewer.shedOf(each, nowMs)?.endsInMs ?? 0,
        )
        expect(board.rampOf(each, nowMs)).toBe(alive.rampOf(each, nowMs))
      }
      expect(board.inForce(nowMs).every((record) => shownSwitch(record, nowMs).endsInMs > 0)).toBe(true)
    }),
  )
})
