import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { initTRPC, TRPCError } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { expect, test } from 'vitest'
import type { GuardApi } from '../guard-api.ts'
import { LeaseId, SignalId } from '../ids.ts'
import { DENIALS, Denial, Denied } from '../messages/denial.ts'
import { ServiceName } from '../messages/operator/switches.ts'
import { withTidegateErrors } from './errors.ts'
import { createGuardRouter } from './guard-router.ts'

const denials: readonly Denial[] = [
  { kind: 'not-your-turn', retryAfterMs: 90_000 },
  { kind: 'no-capacity', retryAfterMs: 1_500 },
  { kind: 'lease-required', message: 'Cannot fetch 51 items without a lease: 50 is the most' },
  { kind: 'lease-ended' },
  Denial.parse({ kind: 'not-in-force', signalId: 'signal-1' }),
  { kind: 'switched-off', retryAfterMs: 3_600_000 },
  { kind: 'unavailable', retryAfterMs: 5_000 },
  { kind: 'rate-limited', retryAfterMs: 50 },
  { kind: 'not-identified' },
  { kind: 'forbidden', needsRole: 'approver' },
  { kind: 'wrong-account' },
  { kind: 'protocol-too-old', floor: 2 },
  { kind: 'protocol-too-new', newest: 1 },
  { kind: 'not-found', what: 'collection "notes"' },
  {
    kind: 'shed',
    service: ServiceName.parse('mail'),
    retryAfterMs: 45_000,
    message: 'Mail is offline. Nothing is lost.',
  },
  { kind: 'conflict', message: 'Cannot approve signal 7: it was revoked' },
  {
    kind: 'not-longer',
    what: 'window',
    signalId: SignalId.parse('s1'),
    isMs: 14_400_000,
    askedMs: 3_600_000,
    message: 'Cannot extend signal s1: its window is 4 hours, and 1 hour is not longer',
  },
  {
    kind: 'not-covered',
    signalId: SignalId.parse('s1'),
    missing: ['accounts'],
    missingAccountCount: 12,
    message: 'Cannot supersede signal s1: 12 accounts it names would be left out',
  },
  { kind: 'invalid', message: 'Cannot read the cursor' },
]

const router = createGuardRouter()
const lease = { leaseId: 'lease-1' }

test('every kind of denial is looked at here', () => {
  expect(denials.map((denial) => denial.kind).sort()).toEqual(Object.keys(DENIALS).sort())
})

test.each(denials)('$kind stands for the HTTP status that its tRPC code gives', ({ kind }) => {
  const { trpcCode, httpStatus } = DENIALS[kind]
  expect(getHTTPStatusCodeFromError(new TRPCError({ code: trpcCode }))).toBe(httpStatus)
})

test.each(denials)('a caller in the same process sees $kind as the cause', async (denial) => {
  const caller = router.createCaller({ tidegate: aGuard({ endLease: () => Promise.reject(new Denied(denial)) }) })
  const error = await caller.endLease({ leaseId: LeaseId.parse(lease.leaseId) }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: DENIALS[denial.kind].trpcCode, cause: { denial } })
})

test.each(denials)('$kind reaches a client over HTTP as error.data.tidegate', async (denial) => {
  await using server = await served(aGuard({ endLease: () => Promise.reject(new Denied(denial)) }))
  const response = await server.post('/endLease', lease)
  expect(response.status).toBe(DENIALS[denial.kind].httpStatus)
  expect(response.body).toMatchObject({ error: { data: { tidegate: denial } } })
})

test('in a batch each call has its own answer, and its own denial', async () => {
  const guard = aGuard({
    endLease: ({ leaseId }) => {
      if (leaseId === 'lease-1') return Promise.resolve({ refundedBytes: 4_096 })
      return Promise.reject(new Denied({ kind: 'not-your-turn', retryAfterMs: Number(leaseId) }))
    },
  })
  await using server = await served(guard)
  const response = await server.post('/endLease,endLease,endLease?batch=1', {
    0: { leaseId: '90000' },
    1: lease,
    2: { leaseId: '50' },
  })
  expect(response.status).toBe(207)
  expect(response.body).toMatchObject([
    { error: { data: { httpStatus: 429, tidegate: { kind: 'not-your-turn', retryAfterMs: 90_000 } } } },
    { result: { data: { refundedBytes: 4_096 } } },
    { error: { data: { httpStatus: 429, tidegate: { kind: 'not-your-turn', retryAfterMs: 50 } } } },
  ])
})

test('an input that no schema reads never reaches the guard, and the denial names the field', async () => {
  await using server = await served(aGuard({}))
  const response = await server.post('/renewLease', { leaseId: 'lease-1', wantBytes: -1 })
  expect(response.status).toBe(400)
  expect(response.body).toMatchObject({
    error: { data: { tidegate: { kind: 'invalid', message: expect.stringContaining('wantBytes') } } },
  })
})

test('inputs arrive parsed: defaults filled in, unknown fields gone', async () => {
  const seen: unknown[] = []
  const guard = aGuard({
    list: (request) => {
      seen.push(request)
      return Promise.resolve({ collection: request.collection, asOf: 7, heads: [], nextOrdinal: null })
    },
  })
  await using server = await served(guard)
  const input = { collection: 'messages', range: { fromOrdinal: 0, toOrdinal: 9 }, aFieldOfTheFuture: 1 }
  const response = await server.get(`/list?input=${encodeURIComponent(JSON.stringify(input))}`)
  expect(response).toMatchObject({ status: 200, body: { result: { data: { asOf: 7 } } } })
  expect(seen).toEqual([{ collection: 'messages', range: { fromOrdinal: 0, toOrdinal: 9 }, limit: 1000 }])
})

test('an answer that breaks its own schema, and an error that is not a denial, are a 500 without a denial', async () => {
  await using server = await served(
    aGuard({
      endLease: () => Promise.resolve({ refundedBytes: -1 }),
      renewLease: () => Promise.reject(new Error('the disk is gone')),
    }),
  )
  for (const [path, input] of [
    ['/endLease', lease],
    ['/renewLease', { ...lease, wantBytes: 1 }],
  ] as const) {
    const response = await server.post(path, input)
    expect(response).toMatchObject({ status: 500, body: { error: { data: { tidegate: null } } } })
  }
})

test("a host that merges the router into its own keeps its own formatter's fields, and denials arrive", async () => {
  const t = initTRPC.context<{ tidegate: GuardApi }>().create({
    errorFormatter: withTidegateErrors(({ shape }) => ({ ...shape, data: { ...shape.data, from: 'host' } })),
  })
  const app = t.router({
    tidegate: createGuardRouter(),
    own: t.procedure.query(() => Promise.reject(new Error('not ours'))),
  })
  const guard = aGuard({ endLease: () => Promise.reject(new Denied({ kind: 'lease-ended' })) })
  await using server = await served(guard, app)
  expect((await server.post('/tidegate.endLease', lease)).body).toMatchObject({
    error: { data: { from: 'host', tidegate: { kind: 'lease-ended' } } },
  })
  expect((await server.get('/own')).body).toMatchObject({ error: { data: { from: 'host', tidegate: null } } })
})

/** A guard that answers what the test says, and fails the test when it is asked anything else. */
function aGuard(answers: Partial<GuardApi>): GuardApi {
  const unexpected = () => Promise.reject(new Error('the test did not expect this call'))
  return {
    inForce: unexpected,
    report: unexpected,
    endorsements: unexpected,
    requestLease: unexpected,
    renewLease: unexpected,
    endLease: unexpected,
    digests: unexpected,
    list: unexpected,
    fetch: unexpected,
    changesSince: unexpected,
    registerCause: unexpected,
    propose: unexpected,
    approve: unexpected,
    advance: unexpected,
    extend: unexpected,
    reject: unexpected,
    revoke: unexpected,
    setModes: unexpected,
    setSwitch: unexpected,
    liftSwitch: unexpected,
    status: unexpected,
    signingKeys: unexpected,
    rotateKey: unexpected,
    revokeKey: unexpected,
    audit: unexpected,
    pruneEvents: unexpected,
    timeline: unexpected,
    ...answers,
  }
}

type Response = { readonly status: number; readonly body: unknown }

/** The router over real HTTP on a free port of the loopback, closed at the end of the test. */
async function served(guard: GuardApi, app: Parameters<typeof createHTTPHandler>[0]['router'] = router) {
  const server = createServer(createHTTPHandler({ router: app, createContext: () => ({ tidegate: guard }) }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return { status: response.status, body: await response.json() }
  }
  return {
    get: (path: string) => ask(path),
    post: (path: string, input: object) =>
      ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
