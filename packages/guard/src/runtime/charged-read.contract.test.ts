import { type ChangesSinceRequest, CollectionName, retryAfterMsOf } from '@tidegate/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NodeFigures } from './node-figures.ts'
import { NO_TELEMETRY } from './telemetry.ts'
import { ann, ben, CAPACITY, denialOf, GuardScene } from './testing/guard-scene.ts'

// Half a megabyte makes a program of who reads it within ten seconds; a fetch of ten items is 100 kB.
const bulk = { units: 500_000, windowMs: 10_000 }
const items = { itemCount: 100, payloadBytes: 10_000 }
const collection = CollectionName.parse('messages')
const READ = 8_192

let scene: GuardScene
let figures: () => NodeFigures
beforeEach(async () => {
  const telemetry = {
    ...NO_TELEMETRY,
    observe(source: { node(): NodeFigures }) {
      figures = () => source.node()
      return () => undefined
    },
  }
  scene = await GuardScene.open({ ...items, bulk, telemetry })
  await scene.clock.advance(10_000)
})
afterEach(() => scene[Symbol.asyncDispose]())

const pool = (name: string) => figures().resources[0]?.pools.find((each) => each.name === name)

test('what people open is charged with what it was, and with what was expected of it where the read fails', async () => {
  await scene.fetch(ann, 3)
  expect(pool('interactive')).toMatchObject({ drawnUnits: READ + 30_000, admittedCount: 1 })
  scene.source.failure = new Error('disk is gone')
  await expect(scene.fetch(ann, 3)).rejects.toThrow('Cannot answer fetch')
  const drawnUnits = pool('interactive')?.drawnUnits ?? 0
  expect(drawnUnits).toBeGreaterThan(2 * READ + 60_000)
  expect(drawnUnits).toBeLessThan(2 * READ + 100_000)
})

test('what there is no room for is denied before the source is asked, and let through when it comes back as told (G4)', async () => {
  const flood = { pool: 'delivery', units: CAPACITY / 10 }
  for (let at = 0; at < 10; at++) {
    await denialOf(Promise.resolve().then(() => scene.guard.admit({ ...flood, accountId: ben })))
  }
  let denial: unknown = null
  while (denial === null) {
    const fetchCount = scene.source.fetchCount
    const outcome = await denialOf(scene.fetch(ann, 2))
    if (scene.source.fetchCount === fetchCount) denial = outcome
  }
  expect(denial).toMatchObject({ kind: 'no-capacity' })
  await scene.clock.advance(retryAfterMsOf(denial as Parameters<typeof retryAfterMsOf>[0]) ?? 0) // as matched above
  expect((await scene.fetch(ann, 2)).items).toHaveLength(2)
})

test('a client that reads everything as if somebody were looking is charged as a resync, and others do not pay for it', async () => {
  let deniedCount = 0
  for (let at = 0; at < 100; at++) {
    if ('kind' in Object(await denialOf(scene.fetch(ann, 10)))) deniedCount += 1
    // Somebody else opens a mail twice a second.
    if (at % 10 === 0) expect((await scene.fetch(ben, 1)).items).toHaveLength(1)
    await scene.clock.advance(50)
  }
  const people = 10 * (READ + 10_000)
  expect((pool('interactive')?.drawnUnits ?? 0) - people).toBeLessThanOrEqual(2 * bulk.units)
  expect(pool('resync')?.drawnUnits).toBeGreaterThan(0)
  // Of five seconds it has what one resync may hold, a quarter of the resource, and what it began with.
  expect(pool('resync')?.drawnUnits).toBeLessThanOrEqual(0.25 * CAPACITY * 6 + 10 * READ + 100_000)
  expect(deniedCount).toBeGreaterThan(50)
})

test('what clients ask to find out what they lack is charged as reads', async () => {
  const client = scene.client(ann)
  const sinceSeq = 0 as ChangesSinceRequest['sinceSeq']
  await client.changesSince({ collection, sinceSeq, limit: 100 })
  expect(pool('interactive')).toMatchObject({ drawnUnits: READ, admittedCount: 1 })
  const range = { fromOrdinal: 0, toOrdinal: 50 }
  await client.digests({ collection, ranges: [range] })
  expect(pool('interactive')).toMatchObject({ drawnUnits: 2 * READ, admittedCount: 2 })
  await client.list({ collection, range, limit: 1_000 })
  expect(pool('interactive')).toMatchObject({ drawnUnits: 3 * READ + 50 * 200, admittedCount: 3 })
})

test.each(['observe', 'off'] as const)('in %s nothing is refused, and all of it is counted', async (guardMode) => {
  await scene.staff.setModes({ guardMode, reason: 'look first' })
  for (let at = 0; at < 100; at++) expect((await scene.fetch(ann, 10)).items).toHaveLength(10)
  const drawn = (figures().resources[0]?.pools ?? []).reduce((sum, { drawnUnits }) => sum + drawnUnits, 0)
  expect(drawn).toBe(100 * (READ + 100_000))
})
