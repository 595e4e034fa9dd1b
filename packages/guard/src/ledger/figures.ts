import { ResourceId } from '@tidegate/protocol'
import type { LedgerFigures } from '../core/ledger.ts'
import type { LedgerContext } from './ledger-context.ts'
import { readLedgerRow } from './ledger-row.ts'
import { readSpending } from './verdict-facts.ts'

/** Counts what is there, in one snapshot: each signal once, without its audience. */
export function figures({ database }: LedgerContext, nowMs: number): Promise<LedgerFigures> {
  return database.transaction(
    async (sql) => {
      const { globalCredit } = await readLedgerRow(sql)
      const states = await sql.query<{ state: string; signals: number; oldest: number }>(
        'SELECT state, count(*) AS signals, min(proposed_at_ms) AS oldest FROM tidegate_ledger.signal GROUP BY state',
      )
      const [held] = await sql.query<{ causes: number; oldest: number | null }>(
        `SELECT count(DISTINCT cause_id) AS causes, min(judged_at_ms) AS oldest
         FROM tidegate_ledger.signal WHERE state = 'held' AND expires_at_ms > $1`,
        [nowMs],
      )
      const waiting = states.find(({ state }) => state === 'waiting')
      const spent = await readSpending(sql, "state IN ('held', 'released')")
      const ageMs = (atMs: number | null | undefined) => (atMs == null ? null : Math.max(0, nowMs - atMs))
      return {
        signalCounts: Object.fromEntries(states.map(({ state, signals }) => [state, signals])),
        oldestWaitingAgeMs: ageMs(waiting?.oldest),
        heldCauseCount: held?.causes ?? 0,
        oldestHeldAgeMs: ageMs(held?.oldest),
        globalCredit,
        spentAccountCount: spent.accountCount,
        spentBytesByResource: new Map([...spent.bytesByResource].map(([id, bytes]) => [ResourceId.parse(id), bytes])),
      }
    },
    { isolation: 'repeatable read' },
  )
}
