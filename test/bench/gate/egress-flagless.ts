import { randomUUID } from 'node:crypto'
import { createGuard, type EventStream, memorySource, openLedger } from '@tidegate/guard'
import { openMemoryPglite } from '@tidegate/guard/testing'
import { egressProcedure } from '@tidegate/guard/trpc'
import { Actor, Cause, Proposal, ResourceId } from '@tidegate/protocol'

/**
 * `egress-flagless`: what the egress adds to a page of an old client's events that has no flag on it, above a middleware
 * that does nothing, in microseconds. The client is one of ten thousand that the node knows, three events are on the
 * page, and a signal with a thousand other accounts is held. The two ways take turns within each round.
 *
 * Run alone: node --conditions=@tidegate/source test/bench/gate/egress-flagless.ts
 */
const ROUND_COUNT = 401
const CALL_COUNT = 2_000
const CLIENT_COUNT = 10_000
const BOUND_US = 1

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

export async function egressFlagless() {
  const database = await openMemoryPglite()
  try {
    const shard = ResourceId.parse('shard-1')
    const resources = {
      resources: [{ resourceId: shard, capacityBytesPerSecond: 20_000_000 }],
      resourceOf: () => shard,
    }
    const ledger = await openLedger({ database, resources, newId: randomUUID })
    const source = memorySource({ collections: ['messages'], salt: 'of this benchmark' })
    const guard = await createGuard({ ledger, source, resources, log: () => {} })
    await holdSomething(guard)
    const guarded = egressProcedure(guard.egress(stream), {
      clientOf: ({ ctx }: { ctx: Call['ctx'] }) => ctx,
      cursorOf: (rawInput) => String(rawInput),
      withCursor: (_, cursor) => cursor,
    })
    const noOp = (call: Call) => call.next({ getRawInput: call.getRawInput })
    const roundsUs = await measured(guarded, noOp, () => guard.refresh())
    await guard[Symbol.asyncDispose]()
    const sorted = roundsUs.toSorted((left, right) => left - right)
    const value = sorted[sorted.length >> 1] ?? Number.NaN
    return {
      id: 'egress-flagless',
      what: 'a page without a flag through the egress, above a middleware that does nothing',
      value,
      unit: 'µs',
      bound: BOUND_US,
      holds: value <= BOUND_US,
      n: ROUND_COUNT * CALL_COUNT,
      min: sorted[0] ?? Number.NaN,
      max: sorted.at(-1) ?? Number.NaN,
    }
  } finally {
    await database.close()
  }
}

/** @returns for each round, what one call costs more, in microseconds */
async function measured(
  guarded: (call: Call) => Promise<unknown>,
  noOp: (call: Call) => Promise<unknown>,
  refresh: () => Promise<void>,
): Promise<number[]> {
  const calls = Array.from({ length: CLIENT_COUNT }, (_, at): Call => {
    const page: Page = { events: [{ at: 1 }, { at: 2 }, { at: 3 }], next: '3' }
    return {
      ctx: { accountId: `account-${at}`, sessionId: `session-${at}` },
      getRawInput: async () => '0',
      next: async () => ({ ok: true, data: page }),
    }
  })
  const rounds: number[] = []
  for (let round = -50; round < ROUND_COUNT; round++) {
    // The node's knowledge has to be younger than a lease term.
    if (round % 20 === 0) await refresh()
    const moreUs = (await perCallUs(guarded, calls)) - (await perCallUs(noOp, calls))
    if (round >= 0) rounds.push(moreUs)
  }
  return rounds
}

async function perCallUs(way: (call: Call) => Promise<unknown>, calls: readonly Call[]): Promise<number> {
  const startedAtNs = process.hrtime.bigint()
  for (let at = 0; at < CALL_COUNT; at++) await way(calls[at % CLIENT_COUNT] as Call) // the index is below the length
  return Number(process.hrtime.bigint() - startedAtNs) / CALL_COUNT / 1_000
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

if (import.meta.main) console.log(JSON.stringify(await egressFlagless(), null, 2))
