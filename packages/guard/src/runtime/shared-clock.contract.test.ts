import { randomUUID } from 'node:crypto'
import { Actor, ReleasePlan } from '@tidegate/protocol'
import { afterEach, expect, test, vi } from 'vitest'
import { memorySource } from '../memory-source.ts'
import { aCause, accountNames, aLedger, aProposal, resources } from '../testing/a-ledger.ts'
import { hasPostgres, startPostgres } from '../testing/postgres-server.ts'
import { createGuard } from './create-guard.ts'
import type { LogEntry } from './guard-log.ts'

afterEach(() => {
  vi.useRealTimers()
})

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

test.skipIf(!hasPostgres('Clocks of nodes')).each([-2, 2])(
  'G1, G6: a node whose machine is %i hours off begins no stage in another time than the ledger’s, and lets nobody’s turn come at once',
  async (offHours) => {
    await using server = await startPostgres()
    const database = await server.openDatabase()
    const ledger = await aLedger(database)
    const logged: LogEntry[] = []
    // The database's machine keeps its time.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offHours * HOUR_MS })
    {
      await using guard = await createGuard({
        ledger,
        resources,
        source: memorySource({ collections: ['messages'], salt: 'salt' }),
        log: (entry) => logged.push(entry),
      })
      expect(logged).toMatchObject([{ event: 'node.clock-off', level: 'warn' }])
      const roles = ['author', 'emitter', 'approver', 'operator'] as const
      const olga = guard.api({ kind: 'staff', actor: Actor.parse('olga'), roles })
      const { causeId } = await olga.registerCause(aCause()).then(() => aCause())
      await olga.propose(aProposal({ accountIds: accountNames(100), idempotencyKey: randomUUID() }))
      await guard.refresh()
      const plan = ReleasePlan.parse({
        verifyWindowMs: 0,
        windowMs: 10 * MINUTE_MS,
        stages: [0.5, 1].map((share) => ({
          share,
          bakeMs: HOUR_MS,
          gate: { minReportCount: 1, maxFailureRatio: 0.5 },
        })),
      })
      await olga.approve({ target: { kind: 'cause', causeId }, plan, reason: 'the canaries are well' })
      vi.setSystemTime(Date.now() - 3 * HOUR_MS) // and somebody sets it, in the middle of the release
      await guard.refresh()
      const [stage] = await database.query<{ begun_ago_ms: number; state: string; stages: number }>(
        `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000 - (stage_starts_at_ms->>0)::bigint)::bigint AS begun_ago_ms,
           state, jsonb_array_length(stage_starts_at_ms) AS stages FROM tidegate_ledger.signal`,
      )
      expect(stage).toMatchObject({ state: 'released', stages: 1 })
      expect(Math.abs(stage?.begun_ago_ms ?? Number.NaN)).toBeLessThan(10 * MINUTE_MS)
    }
    await database.close()
  },
)
