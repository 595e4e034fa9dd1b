import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AccountId, Denial, Denied, retryAfterMsOf } from '@tidegate/protocol'
import { withTidegateErrors } from '@tidegate/protocol/router'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, ben, CAPACITY, GuardScene } from '../../runtime/testing/guard-scene.ts'
import { admit } from './admit.ts'
import { admitFetch } from './admit-fetch.ts'
import { admitMiddleware } from './admit-middleware.ts'

// One real guard, whose clock only moves here: in a second without a draw there is a second of capacity.

const COST = 100_000
let scene: GuardScene
let workedFor: string[] = []
beforeAll(async () => {
  scene = await GuardScene.open()
})
beforeEach(async () => {
  await scene.clock.advance(120_000)
  workedFor = []
})
afterAll(() => scene[Symbol.asyncDispose]())

const t = initTRPC.context<{ accountId: AccountId }>().create({
  errorFormatter: withTidegateErrors(({ shape }) => shape),
})
const options = { account: ({ ctx }: { ctx: { accountId: AccountId } }) => ctx.accountId, pool: 'delivery', cost: COST }
/** Made late: the guard is there once the first test runs. */
const lateGuard = { admit: (ask: Parameters<GuardScene['guard']['admit']>[0]) => scene.guard.admit(ask) }
const router = t.router({
  deliver: t.procedure
    .input(z.object({ units: z.number() }))
    .use(admit(lateGuard, options))
    .mutation(({ ctx }) => {
      workedFor.push(ctx.accountId)
    }),
  read: t.procedure
    .input(z.object({ units: z.number() }))
    .use(
      admit(lateGuard, {
        ...options,
        cost: ({ input }: { input: { units: number } }) => input.units,
        spent: (data) => Number(data),
      }),
    )
    .query(() => 10),
})

const Item = z.union([
  z.object({ result: z.object({}) }),
  z.object({ error: z.object({ data: z.object({ httpStatus: z.literal(429), tidegate: Denial }) }) }),
])

test('one batch of a thousand calls is a thousand calls: what fits is done, each other one is denied before any work', async () => {
  const paths = Array.from({ length: 1_000 }, () => 'deliver').join(',')
  const inputs = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [at, { units: at }]))
  const response = await fetchRequestHandler({
    endpoint: '/trpc',
    router,
    req: new Request(`http://host/trpc/${paths}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(inputs),
    }),
    createContext: () => ({ accountId: ann }),
    maxBatchSize: 1_000,
  })
  const items = z.array(Item).parse(await response.json())
  const denials = items.flatMap((item) => ('error' in item ? [item.error.data.tidegate] : []))
  expect(workedFor.length).toBeGreaterThan(0)
  expect(workedFor.length).toBeLessThanOrEqual(CAPACITY / COST)
  expect(denials).toHaveLength(1_000 - workedFor.length)
  for (const denial of denials) expect(denial).toEqual({ kind: 'no-capacity', retryAfterMs: expect.any(Number) })
})

test('whoever is denied and comes back when told to is let through', async () => {
  const caller = router.createCaller({ accountId: ben })
  const denied = await untilDenied(() => caller.deliver({ units: 0 }))
  const doneCount = workedFor.length
  expect(doneCount).toBeGreaterThan(0)
  await scene.clock.advance(retryAfterMsOf(denied.denial) ?? 0)
  await caller.deliver({ units: 0 })
  expect(workedFor).toHaveLength(doneCount + 1)
})

test('what was estimated and not drawn is refunded', async () => {
  const caller = router.createCaller({ accountId: ann })
  for (let at = 0; at < 20; at++) expect(await caller.read({ units: COST })).toBe(10)
})

test('a wrong estimate is the host’s own mistake, and no denial', async () => {
  await expect(router.createCaller({ accountId: ann }).read({ units: -1 })).rejects.toThrow(
    'units must be a number from 0',
  )
})

async function untilDenied(call: () => Promise<unknown>): Promise<Denied> {
  for (let at = 0; at < 100; at++) {
    const cause = await call().then(
      () => null,
      (error: Error) => error.cause,
    )
    if (cause instanceof Denied) return cause
  }
  return expect.fail('a hundred calls, and none was denied')
}

/** Two forms of the same handler, as something that answers a GET. */
const forms = {
  async fetch(accountId: AccountId): Promise<Response> {
    const ask = () => ({ accountId, pool: 'delivery', units: COST })
    const handler = admitFetch(scene.guard, ask, () => {
      workedFor.push(accountId)
      return new Response('done')
    })
    return handler(new Request('http://host/'))
  },
  async node(accountId: AccountId): Promise<Response> {
    const guarded = admitMiddleware(scene.guard, () => ({ accountId, pool: 'delivery', units: COST }))
    const server = createServer((request, response) => {
      guarded(request, response, (error) => {
        if (error) throw error
        workedFor.push(accountId)
        response.end('done')
      })
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo // it listens on TCP
      return await fetch(`http://127.0.0.1:${port}/`)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

for (const [name, ask] of Object.entries(forms)) {
  test(`${name}: what fits is answered, and the rest is told when to come back before any work`, async () => {
    let denied = await ask(ann)
    expect(denied.status).toBe(200)
    let doneCount = 0
    for (; denied.status === 200 && doneCount < 100; doneCount++) denied = await ask(ann)
    expect(denied.status).toBe(429)
    const denial = Denial.parse(await denied.json())
    expect(denial).toMatchObject({ kind: 'no-capacity' })
    // For clients without the SDK: a minute, and a quarter by their place in the crowd.
    const retryAfterS = Number(denied.headers.get('retry-after'))
    expect(retryAfterS).toBeGreaterThanOrEqual(1)
    expect(retryAfterS).toBeLessThanOrEqual(75)
    expect(workedFor).toHaveLength(doneCount)
  })
}

test('a guard that only looks on refuses nothing', async () => {
  await scene.staff.setModes({ guardMode: 'observe', reason: 'look first' })
  await scene.guard.refresh()
  for (let at = 0; at < (2 * CAPACITY) / COST; at++) expect((await forms.fetch(ann)).status).toBe(200)
})
