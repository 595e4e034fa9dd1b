import { randomUUID } from 'node:crypto'
import { createGuard, type EventStream, memorySource, openLedger } from '@tidegate/guard'
import { openMemoryPglite } from '@tidegate/guard/testing'
import { egressProcedure } from '@tidegate/guard/trpc'
import { Actor, Cause, Proposal, ResourceId } from '@tidegate/protocol'
import { type BenchOptions, type Measured, median, type Round } from '../bench-result.ts'

/** Slices of a round, in which both ways take turns; a round's figure is its median slice, so that one that was interrupted does not count. */
const SLICE_COUNT = 21
const CALL_COUNT = 1_000
const CLIENT_COUNT = 10_000
const BOUND_US = 1
/** Enough for every client to be known and the code to be compiled. */
const WARM_UP_ROUNDS = 5

interface Page {
  readonly events: readonly { readonly at: number; readonly refresh?: boolean }[]
  readonly next: string
}

type Call = {
  readonly ctx: { readonly accountId: string; readonly sessionId: string }
  readonly getRawInput: () => Promise<unknown>
  readonly next: (options: {
    getRawInput: () => Promise<unknown>
  }) => Promise<{ readonly ok: true; readonly data: Page }>
}

const stream: EventStream<Page, Page['events'][number]> = {
  name: 'bench',
  eventsOf: ({ events }) => events,
  detect: ({ refresh }) => (refresh ? { flag: { causeId: 'labels-2023-07' } } : null),
  cursorOf: ({ next }) => next,
  cursorAfter: ({ at }) => String(at),
  rewrite: (page, { events, cursor }) => ({ ...page, events, next: cursor }),
  attach: (page) => page,
}

/**
 * `egress-flagless`: what the egress adds to a page of an old client's events that has no flag on it, above a middleware
 * that does nothing, in microseconds. The client is one of ten thousand that the node knows, three events are on the
 * page, and a signal with a thousand other accounts is held.
 */
export async function egressFlagless({ rounds = 41 }: BenchOptions): Promise<Measured> {
  const database = await openMemoryPglite()
  try {
    const shard = ResourceId.parse('shard-1')
    const resources = {
      resources: [{ resourceId: shard, capacityBytesPerSecond: 20_000_000 }],
      resourceOf: () => shard,
    }
    const ledger = await openLedger({ database, resources, newId: randomUUID })
    const source = memorySource({ collections: ['messages'], salt: 'of this benchmark' })
    await using guard = await createGuard({ ledger, source, resources, log: () => {} })
    await holdSomething(guard)
    const guarded = egressProcedure(guard.egress(stream), {
      clientOf: ({ ctx }: { ctx: Call['ctx'] }) => ctx,
      cursorOf: (rawInput) => String(rawInput),
      withCursor: (_, cursor) => cursor,
    })
    const calls = Array.from({ length: CLIENT_COUNT }, (_, at) => aCall(at))
    const measured: { readonly moreUs: number }[] = []
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      // The node's knowledge has to be younger than a lease term.
      await guard.refresh()
      const moreUs = await moreOfRoundUs(guarded, calls)
      if (round >= 0) measured.push({ moreUs })
    }
    return resultOf(measured)
  } finally {
    await database.close()
  }
}

function resultOf(measured: readonly (Round & { readonly moreUs: number })[]): Measured {
  const figures = measured.map(({ moreUs }) => moreUs)
  const value = median(figures)
  return {
    id: 'egress-flagless',
    what: 'a page without a flag through the egress',
    value,
    unit: 'µs more',
    bound: BOUND_US,
    holds: value <= BOUND_US,
    n: figures.length,
    min: Math.min(...figures),
    max: Math.max(...figures),
    peer: 'a middleware that does nothing',
    rounds: measured,
  }
}

function aCall(at: number): Call {
  const page: Page = { events: [{ at: 1 }, { at: 2 }, { at: 3 }], next: '3' }
  return {
    ctx: { accountId: `account-${at}`, sessionId: `session-${at}` },
    getRawInput: async () => '0',
    next: async () => ({ ok: true, data: page }),
  }
}

async function moreOfRoundUs(guarded: (call: Call) => Promise<unknown>, calls: readonly Call[]): Promise<number> {
  const slices: number[] = []
  for (let slice = 0; slice < SLICE_COUNT; slice++) {
    const from = (slice * CALL_COUNT) % CLIENT_COUNT
    const some = calls.slice(from, from + CALL_COUNT)
    slices.push((await perCallUs(guarded, some)) - (await perCallUs(noOp, some)))
  }
  return median(slices)
}

const noOp = (call: Call) => call.next({ getRawInput: call.getRawInput })

async function perCallUs(way: (call: Call) => Promise<unknown>, calls: readonly Call[]): Promise<number> {
  const startedAtNs = process.hrtime.bigint()
  for (const call of calls) await way(call)
  return Number(process.hrtime.bigint() - startedAtNs) / calls.length / 1_000
}

async function holdSomething(guard: Awaited<ReturnType<typeof createGuard>>): Promise<void> {
  const actor = Actor.parse('olga')
  const staff = guard.api({ kind: 'staff', actor, roles: ['author', 'emitter'] })
  const cause = { causeId: 'folders-2023-07', kind: 'migration', title: 'Rename folders', owner: 'mail-team' }
  await staff.registerCause(Cause.parse(cause))
  const accountIds = Array.from({ length: 1_000 }, (_, at) => `other-${at}`)
  await staff.propose(
    Proposal.parse({
      protocol: 1,
      idempotencyKey: randomUUID(),
      causeId: cause.causeId,
      scope: { kind: 'account' },
      audience: { accounts: { kind: 'named', accountIds } },
      reason: 'folders were renamed',
      expiresInMs: 86_400_000,
    }),
  )
  await guard.refresh()
}
