import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AccountId, Denied, ResourceId } from '@tidegate/protocol'
import { initTRPC, TRPCError } from '@trpc/server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { LevelWindow } from '../../core/adaptive/observation-window.ts'
import type { NodeFigures } from '../../runtime/node-figures.ts'
import { NO_TELEMETRY } from '../../runtime/telemetry.ts'
import { ann, GuardScene } from '../../runtime/testing/guard-scene.ts'
import { meterFetch } from './meter-fetch.ts'
import { meterMiddleware } from './meter-middleware.ts'
import { metered } from './metered.ts'

// One real guard, whose clock only moves here. Work takes 30 ms of it, and a window is closed after a second.

const shard = ResourceId.parse('shard-1')
const WORK_MS = 30
const denied = new Denied({ kind: 'no-capacity', retryAfterMs: 1_000 })
let scene: GuardScene
let figures: () => NodeFigures
beforeAll(async () => {
  const telemetry = {
    ...NO_TELEMETRY,
    observe(source: { node(): NodeFigures }) {
      figures = () => source.node()
      return () => undefined
    },
  }
  scene = await GuardScene.open({ adaptive: { latencyTargetMs: { interactive: 50 }, minCount: 1 }, telemetry })
  scene.guard.start()
})
beforeEach(async () => {
  // Whatever was metered before is in a window of its own.
  await scene.clock.advance(10_000)
})
afterAll(() => scene[Symbol.asyncDispose]())

const work = () => scene.clock.step(scene.clock.nowMs() + WORK_MS)

/** What the guard has seen by then, of the levels that anything was seen of. */
async function seen(): Promise<readonly Partial<LevelWindow>[]> {
  await scene.clock.advance(1_500)
  const window = figures().resources[0]?.pace?.window ?? expect.fail('no window was closed')
  return window.levels.filter(({ count }) => count > 0)
}

const t = initTRPC.context<{ accountId: AccountId }>().create()
const account = ({ ctx }: { ctx: { accountId: AccountId } }) => ctx.accountId
/** Made late: the guard is there once the first test runs. */
const lateGuard: Parameters<typeof metered>[0] = {
  meter: (...ask) => scene.guard.meter(...ask),
  resourceOf: (accountId) => scene.guard.resourceOf(accountId),
}
const end = z.enum(['well', 'not-found', 'broken', 'thrown', 'denied', 'denied-inside'])
const router = t.router({
  read: t.procedure
    .input(end)
    .use(metered(lateGuard, { account }))
    .query(({ input }) => {
      if (input === 'denied') throw denied
      if (input === 'denied-inside') throw new TRPCError({ code: 'SERVICE_UNAVAILABLE', cause: denied })
      work()
      if (input === 'not-found') throw new TRPCError({ code: 'NOT_FOUND' })
      if (input === 'broken') throw new TRPCError({ code: 'SERVICE_UNAVAILABLE' })
      if (input === 'thrown') throw new Error('connection refused')
      return 'a mail'
    }),
  deliver: t.procedure.use(metered(lateGuard, { resource: () => shard, level: 'delivery' })).mutation(() => work()),
})

test('trpc: what a procedure takes and whether the storage failed it, and of denials nothing', async () => {
  const caller = router.createCaller({ accountId: ann })
  for (const how of end.options) await caller.read(how).catch(() => undefined)
  await caller.deliver()
  const [interactive, delivery, ...rest] = await seen()
  expect(interactive).toMatchObject({ level: 'interactive', count: 4, errorCount: 2 })
  expect(interactive?.latencyMs).toBeCloseTo(WORK_MS, -1)
  expect(delivery).toMatchObject({ level: 'delivery', count: 1, errorCount: 0 })
  expect(rest).toEqual([])
})

test('trpc: without a resource or an account there is nothing to meter', () => {
  expect(() => metered(lateGuard, {})).toThrow('resource or account is required, got neither')
})

test('trpc: a level that there is none of is the host’s own mistake', async () => {
  const wrong = t.router({
    read: t.procedure.use(metered(lateGuard, { resource: shard, level: 'bulk' })).query(() => 1),
  })
  await expect(wrong.createCaller({ accountId: ann }).read()).rejects.toThrow('got bulk')
})

test('fetch: by status, thrown errors are failures, refusals are nothing', async () => {
  const answers: (() => Response)[] = [
    () => new Response('a mail'),
    () => new Response('gone', { status: 404 }),
    () => new Response('broken', { status: 503 }),
    () => {
      throw new Error('connection refused')
    },
  ]
  for (const answer of answers) {
    const handler = meterFetch(
      scene.guard,
      () => ({ resourceId: shard, level: 'delivery' }),
      () => {
        work()
        return answer()
      },
    )
    await handler(new Request('http://host/')).catch(() => undefined)
  }
  const refusing: (() => Response)[] = [
    () => new Response('later', { status: 429 }),
    () => {
      throw denied
    },
  ]
  for (const refuse of refusing) {
    const handler = meterFetch(scene.guard, () => ({ resourceId: shard }), refuse)
    await handler(new Request('http://host/')).catch(() => undefined)
  }
  const unseen = meterFetch(
    scene.guard,
    () => null,
    () => new Response('page'),
  )
  expect((await unseen(new Request('http://host/'))).status).toBe(200)
  expect(await seen()).toMatchObject([{ level: 'delivery', count: 4, errorCount: 2 }])
})

test('node: until the response is closed, by its status', async () => {
  const meteredFirst = meterMiddleware(scene.guard, ({ url }) => (url === '/unseen' ? null : { resourceId: shard }))
  let closedCount = 0
  const server = createServer((request, response) => {
    meteredFirst(request, response, (error) => {
      if (error) throw error
      // Behind the middleware's own, so that it has noted the end by then.
      response.once('close', () => {
        closedCount += 1
      })
      work()
      response.statusCode = Number(request.url?.slice(1)) || 200
      response.end()
    })
  }).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo // it listens on TCP
    const paths = ['200', '404', '500', '429', 'unseen']
    for (const path of paths) await fetch(`http://127.0.0.1:${port}/${path}`)
    await expect.poll(() => closedCount).toBe(paths.length)
    expect(await seen()).toMatchObject([{ level: 'interactive', count: 3, errorCount: 1 }])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
