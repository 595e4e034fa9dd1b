import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pretendRandom } from '@tidegate/protocol/testing'
import { afterAll, expect, test } from 'vitest'
import { KillScene, MOMENTS, type Moment } from './support/kill-scene.ts'
import { measured } from './support/measured.ts'
import { startServerProcess, temporaryDirectory } from './support/server-process.ts'

const NEIGHBOURS = 5_000
const KILLS = 10

/** Printed, so that a failure can be had again: TIDEGATE_TEST_SEED. */
const seed = Number(process.env.TIDEGATE_TEST_SEED ?? Date.now() % 1_000_000)
const folder = temporaryDirectory()
const dataDir = path.join(folder.path, 'data')
afterAll(() => folder[Symbol.dispose]())

const start = () => startServerProcess({ dataDir, accountCount: NEIGHBOURS, resourceCount: 4 })

test('killed ten times while it migrates, judges, approves and takes reports, the server has everything it acknowledged, once (G1, G2)', async () => {
  const random = pretendRandom(seed)
  measured(`seed of the kills ${seed}`)
  let server = await start()
  try {
    const scene = await KillScene.open(server, NEIGHBOURS)
    const spansMs = new Map<Moment, number>()
    // Undisturbed first: what each batch takes is the span in which its kills fall.
    for (const moment of MOMENTS) {
      const batch = await scene.prepare(moment, `rehearsal-${moment}`, server.url)
      const startedAtMs = performance.now()
      await scene.diary.sendAll(server.url, batch)
      expect(scene.diary.open).toEqual([])
      await scene.expectKept(server.url)
      spansMs.set(moment, performance.now() - startedAtMs)
    }
    const kills: string[] = []
    for (let round = 0; round < KILLS; round++) {
      const moment = MOMENTS[round % MOMENTS.length] ?? 'judging'
      const batch = await scene.prepare(moment, `round-${round}`, server.url)
      const sent = Promise.allSettled([scene.diary.sendAll(server.url, batch), scene.watchCredits(server.url)])
      const afterMs = Math.floor(random() * (spansMs.get(moment) ?? 0))
      await setTimeout(afterMs)
      await server.kill()
      for (const each of await sent) if (each.status === 'rejected') throw each.reason
      kills.push(`${moment} +${afterMs} ms (${scene.diary.open.length} of ${batch.length} unanswered)`)

      server = await start()
      await scene.expectKept(server.url)
      // Whoever got no answer sends the same again, under the same key.
      await scene.diary.sendAll(server.url, scene.diary.open)
      expect(scene.diary.open).toEqual([])
      await scene.expectKept(server.url)
    }
    measured(`kills: ${kills.join('; ')}`)

    await scene.expectEverybodyToldAlike(server.url)
    await server.stop()
    await scene.expectOnDisk(dataDir)
    measured(`${scene.diary.acknowledgedCount} of ${scene.diary.sentCount} undertakings acknowledged, each there once`)
  } finally {
    await server.kill()
  }
})
