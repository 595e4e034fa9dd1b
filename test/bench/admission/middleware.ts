import { randomUUID } from 'node:crypto'
import { createGuard, memorySource, openLedger } from '@tidegate/guard'
import { openMemoryPglite } from '@tidegate/guard/testing'
import { admit } from '@tidegate/guard/trpc'
import { AccountId, ResourceId } from '@tidegate/protocol'
import { initTRPC } from '@trpc/server'
import { type BenchOptions, type Measured, median, type Round } from '../bench-result.ts'

const BOUND_US = 0.3
const CALL_COUNT = 20_000
/** Enough for the code to be compiled and every account to be known. */
const WARM_UP_ROUNDS = 10
const ACCOUNT_IDS = Array.from({ length: 10_000 }, (_, at) => AccountId.parse(`account-${at}-${randomUUID()}`))
const shard = ResourceId.parse('shard-1')

/**
 * `middleware`: what `admit` costs a procedure, in microseconds of processor time above a middleware that does nothing.
 * Both stand in the same place of two procedures that are otherwise alike, and take turns.
 */
export async function middleware({ rounds = 101 }: BenchOptions): Promise<Measured> {
  const database = await openMemoryPglite()
  const resources = { resources: [{ resourceId: shard, capacityBytesPerSecond: 1e12 }], resourceOf: () => shard }
  const ledger = await openLedger({ database, resources, newId: randomUUID })
  const source = memorySource({ collections: ['messages'], salt: randomUUID() })
  const guard = await createGuard({ ledger, source, resources, log: () => {} })
  const measured: Round[] = []
  try {
    const t = initTRPC.context<{ accountId: AccountId }>().create()
    const account = ({ ctx }: { ctx: { accountId: AccountId } }) => ctx.accountId
    const router = t.router({
      free: t.procedure.use(({ next }) => next()).query(() => 1),
      admitted: t.procedure.use(admit(guard, { account, cost: 1_000 })).query(() => 1),
    })
    const callers = ACCOUNT_IDS.map((accountId) => router.createCaller({ accountId }))
    const perCallUs = async (call: (caller: (typeof callers)[number]) => Promise<number>): Promise<number> => {
      const startedAt = process.cpuUsage()
      for (let at = 0; at < CALL_COUNT; at++) {
        const caller = callers[at % callers.length]
        if (caller) await call(caller)
      }
      const { user, system } = process.cpuUsage(startedAt)
      return (user + system) / CALL_COUNT
    }
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      // Whoever comes first has the cleaner heap: each does every other time.
      const isFirst = round % 2 === 0
      const before = isFirst ? await perCallUs(({ free }) => free()) : 0
      const admittedUs = await perCallUs(({ admitted }) => admitted())
      const freeUs = isFirst ? before : await perCallUs(({ free }) => free())
      if (round >= 0) measured.push({ admittedUs, freeUs, aboveUs: admittedUs - freeUs })
    }
  } finally {
    await guard[Symbol.asyncDispose]()
    await database.close()
  }
  const above = measured.map(({ aboveUs = Number.NaN }) => aboveUs)
  const value = median(above)
  const freeUs = median(measured.map((round) => round.freeUs ?? Number.NaN))
  return {
    id: 'middleware',
    what: 'admit in a tRPC procedure, above a middleware that does nothing, by ten thousand accounts',
    value,
    unit: 'µs of processor time',
    bound: BOUND_US,
    holds: value <= BOUND_US,
    n: above.length,
    min: Math.min(...above),
    max: Math.max(...above),
    why: `The call with the middleware that does nothing takes ${freeUs.toFixed(2)} µs. Half of the rounds lie within ${spread(above)} µs.`,
    rounds: measured,
  }
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(2)
  return `${at(0.25)} to ${at(0.75)}`
}
