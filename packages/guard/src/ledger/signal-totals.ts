import { CauseId, ResourceId, SignalState, type SignalTotals } from '@tidegate/protocol'
import type { Sql } from '../sql.ts'

/** A signal in force by a plan, and for how many accounts: what SQL cannot tell, because cohorts decide it. */
export interface ApprovedCount {
  readonly causeId: CauseId
  readonly state: SignalState
  readonly inForceAccountCount: number
}

/**
 * What the judged signals of each cause come to, state by state, however many there are.
 *
 * @param approved every approved signal that is in force; of all others the named accounts are counted here
 */
export async function readSignalTotals(
  sql: Sql,
  nowMs: number,
  approved: readonly ApprovedCount[],
): Promise<Map<CauseId, SignalTotals[]>> {
  const predicted = await readPredicted(sql)
  const rows = await sql.query<{
    cause_id: string
    state: string
    signals: number
    first: number
    audience: number
    named: number
  }>(
    `SELECT cause_id, state, count(*) AS signals, min(proposed_at_ms) AS first,
       coalesce(sum(audience_account_count), 0)::bigint AS audience,
       coalesce(sum(named_account_count) FILTER (
         WHERE approved_at_ms IS NULL AND state IN ('held', 'released', 'paused') AND expires_at_ms > $1
       ), 0)::bigint AS named
     FROM tidegate_ledger.signal WHERE state <> 'waiting' GROUP BY cause_id, state ORDER BY cause_id, state`,
    [nowMs],
  )
  const inForce = new Map<string, number>()
  for (const { causeId, state, inForceAccountCount } of approved) {
    const key = keyOf(causeId, state)
    inForce.set(key, (inForce.get(key) ?? 0) + inForceAccountCount)
  }
  const totals = new Map<CauseId, SignalTotals[]>()
  for (const row of rows) {
    const causeId = CauseId.parse(row.cause_id)
    const key = keyOf(causeId, row.state)
    const ofCause = totals.get(causeId) ?? []
    ofCause.push({
      state: SignalState.parse(row.state),
      signalCount: row.signals,
      firstProposedAtMs: Math.max(0, row.first),
      audienceAccountCount: row.audience,
      inForceAccountCount: row.named + (inForce.get(key) ?? 0),
      predicted: (predicted.get(key) ?? []).slice(0, 1024),
    })
    totals.set(causeId, ofCause)
  }
  return totals
}

async function readPredicted(sql: Sql): Promise<Map<string, SignalTotals['predicted']>> {
  const rows = await sql.query<{
    cause_id: string
    state: string
    resource_id: string
    accounts: number
    bytes: number
  }>(
    // The bound is Number.MAX_SAFE_INTEGER: each signal's bytes are below it, their sum need not be.
    `SELECT cause_id, state, part->>'resourceId' AS resource_id, sum((part->>'accountCount')::bigint)::bigint AS accounts,
       least(sum((part->>'payloadBytes')::bigint), 9007199254740991)::bigint AS bytes
     FROM tidegate_ledger.signal CROSS JOIN LATERAL jsonb_array_elements(predicted) AS part
     WHERE state <> 'waiting' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  )
  const byKey = new Map<string, SignalTotals['predicted']>()
  for (const row of rows) {
    const key = keyOf(row.cause_id, row.state)
    const parts = byKey.get(key) ?? []
    parts.push({
      resourceId: ResourceId.parse(row.resource_id),
      accountCount: row.accounts,
      payloadBytes: row.bytes,
    })
    byKey.set(key, parts)
  }
  return byKey
}

function keyOf(causeId: string, state: string): string {
  return JSON.stringify([causeId, state])
}
