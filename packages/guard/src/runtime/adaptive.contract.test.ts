import { AccountId, ResourceId } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { StorageModel } from '../testing/storage-model.ts'
import type { NodeFigures } from './node-figures.ts'
import { NO_TELEMETRY } from './telemetry.ts'
import { ann, CAPACITY, GuardScene } from './testing/guard-scene.ts'

// A host app that asks the guard before each operation and tells it how it went, on a storage that serves 2,000 of them a
// second: as many as the declared capacity lets through at 500 units each. Time is pretended, the guard and its loops real.

const shard = ResourceId.parse('shard-1')
const UNITS = 500
const TICK_MS = 10
const RESYNCING = Array.from({ length: 8 }, (_, at) => AccountId.parse(`bridge-${at}`))
const TARGET_MS = 100
const adaptive = { latencyTargetMs: { interactive: TARGET_MS }, startFactor: 1 }

interface Phase {
  readonly resyncsPerSecond: number
  readonly refusedPeople: number
}

async function play(guard: { scene: GuardScene; storage: StorageModel }, seconds: number): Promise<Phase> {
  const { scene, storage } = guard
  const ends: { atMs: number; end: () => void }[] = []
  let [resyncCount, refusedPeople] = [0, 0]
  const ask = (pool: string, accountId: AccountId): boolean => {
    try {
      const operation = scene.guard.admit({ accountId, pool, units: UNITS })
      const done = scene.guard.meter(shard, pool)
      const { ok, isHit, endsAtMs } = storage.request(scene.clock.nowMs())
      const end = () => {
        operation.end()
        done({ ok, isHit })
      }
      ends.push({ atMs: endsAtMs, end })
      return true
    } catch (error) {
      if (error instanceof Error && 'denial' in error) return false
      throw error
    }
  }
  for (let tick = 1; tick <= (seconds * 1000) / TICK_MS; tick++) {
    scene.clock.step(scene.clock.nowMs() + TICK_MS)
    const nowMs = scene.clock.nowMs()
    for (const { end } of ends.filter(({ atMs }) => atMs <= nowMs)) end()
    ends.splice(0, ends.length, ...ends.filter(({ atMs }) => atMs > nowMs))
    // Fifty mails a second are opened; resyncs would take all there is.
    if (tick % 2 === 0 && !ask('interactive', ann)) refusedPeople += 1
    for (const accountId of RESYNCING) while (ask('resync', accountId)) resyncCount += 1
    if (tick % 25 === 0) await scene.clock.advance(0)
  }
  return { resyncsPerSecond: resyncCount / seconds, refusedPeople }
}

test('G5: while a storage is slow its resyncs give way and people do not; when it is well again they have all of it', async () => {
  let figures: () => NodeFigures = () => expect.fail('nobody was told of the node')
  const telemetry = {
    ...NO_TELEMETRY,
    observe(source: { node(): NodeFigures }) {
      figures = () => source.node()
      return () => undefined
    },
  }
  const settings = { intakeMs: 60_000, tickMs: 60_000, flushMs: 60_000 }
  await using scene = await GuardScene.open({ adaptive, telemetry, settings })
  const storage = new StorageModel({
    serverCount: 20,
    hitMs: 10,
    times: 'constant',
    missCost: 1,
    timeoutMs: 5_000,
    keyCount: 1_000,
    uncachedRatio: 0,
    random: pretendRandom(7),
  })
  scene.guard.start()
  const pace = () => figures().resources[0]?.pace

  await play({ scene, storage }, 5)
  const well = await play({ scene, storage }, 10)
  expect(well.resyncsPerSecond).toBeGreaterThan(1_500)
  expect(pace()).toMatchObject({ factor: 1 })

  // It serves 400 a second now, each in 50 ms: enough for people, if others leave it to them.
  storage.slowDown(5)
  const turning = await play({ scene, storage }, 15)
  const slow = await play({ scene, storage }, 15)
  expect(slow.resyncsPerSecond).toBeLessThan(450)
  expect(slow.resyncsPerSecond).toBeGreaterThan(50)
  expect(pace()?.factor).toBeLessThan(0.3)
  expect(pace()?.adaptiveBecause).toMatch(/interactive/)
  expect(figures().resources[0]?.unitsPerSecond).toBeCloseTo(CAPACITY * (pace()?.factor ?? 0))

  storage.slowDown(1)
  const recovering = await play({ scene, storage }, 60)
  const again = await play({ scene, storage }, 10)
  expect(again.resyncsPerSecond).toBeGreaterThan(well.resyncsPerSecond * 0.9)
  for (const { refusedPeople } of [well, turning, slow, recovering, again]) expect(refusedPeople).toBe(0)
})

test('a level that has a target and is none is refused, and so is metering what nothing was promised of', async () => {
  await expect(GuardScene.open({ adaptive: { latencyTargetMs: { people: 50 } } })).rejects.toThrow(
    'latencyTargetMs names people, which is none of the levels interactive, delivery, resync',
  )
  await using scene = await GuardScene.open()
  expect(() => scene.guard.meter(shard)).toThrow('the guard was made without `adaptive`')
})
