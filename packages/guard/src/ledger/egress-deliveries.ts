import type { FlagArrival, FlagDelivery } from '../core/egress/egress-ledger.ts'
import type { LedgerContext } from './ledger-context.ts'

/**
 * Places at which one client may be sent the same flag. Windows that share a session stand at places of their own, and an
 * outage between two deliveries moves a client on; a client that keeps turning up elsewhere gets its cursors past the
 * egress and would be reset for ever.
 */
const MAX_PLACES = 8

/**
 * Writes deliveries down before they leave, each at the place where its client stands. What was acknowledged there may
 * not leave again, nor may what has been revoked or has ended, however old the asking node's memory is. An old client
 * begins when it gets the flag, so that is written down too: a revoke's count of those that never began is then right.
 *
 * @returns for each, whether it may leave
 */
export async function claimDeliveries(
  context: LedgerContext,
  deliveries: readonly FlagDelivery[],
  nowMs: number,
): Promise<boolean[]> {
  if (deliveries.length === 0) return []
  const claimed = await context.database.query<{ claim: string }>(
    `WITH claimed AS (
       INSERT INTO tidegate_ledger.egress_delivery AS known
         (account_id, client_id, signal_key, place, signal_id, first_claimed_at_ms)
       SELECT DISTINCT ON (1, 2, 3, 4) "accountId", "clientId", "signalKey", asked.place, "signalId", $2::bigint
       FROM jsonb_to_recordset($1::text::jsonb)
         AS asked("accountId" text, "clientId" text, "signalKey" text, place text, "signalId" text)
       WHERE EXISTS (
         SELECT FROM tidegate_ledger.signal WHERE signal_id = "signalId" AND state IN ('held', 'released', 'paused')
       ) AND (
         SELECT count(*) FROM tidegate_ledger.egress_delivery AS other
         WHERE (other.account_id, other.client_id, other.signal_key) = ("accountId", "clientId", "signalKey")
           AND other.place <> asked.place
       ) < $3
       ORDER BY 1, 2, 3, 4
       ON CONFLICT (account_id, client_id, signal_key, place) DO UPDATE SET claim_count = known.claim_count + 1
         WHERE known.arrived_at_ms IS NULL
       RETURNING account_id, client_id, signal_key, place, signal_id
     ), begun AS (
       INSERT INTO tidegate_ledger.report (account_id, report_key, signal_id, client_id, outcome, report, reported_at_ms)
       SELECT DISTINCT ON (1, 2) account_id, 'begun ' || client_id || ' ' || signal_key, signal_id, client_id, 'begun',
         jsonb_build_object('outcome', 'begun', 'fetchedBytes', 0), $2 FROM claimed
       ORDER BY 1, 2 ON CONFLICT DO NOTHING
     )
     SELECT jsonb_build_array(account_id, client_id, signal_key, place)::text AS claim FROM claimed`,
    [JSON.stringify(deliveries), nowMs, MAX_PLACES],
  )
  const mayLeave = new Set(claimed.map(({ claim }) => JSON.stringify(JSON.parse(claim))))
  return deliveries.map((delivery) => mayLeave.has(keyOf(delivery)))
}

/** Writes down that deliveries arrived. One that the ledger has no record of, because it lost its tail, needs none. */
export async function recordArrivals(
  context: LedgerContext,
  arrivals: readonly FlagArrival[],
  nowMs: number,
): Promise<void> {
  if (arrivals.length === 0) return
  await context.database.query(
    `WITH arrived AS (
       SELECT known.account_id, known.client_id, known.signal_key, known.place
       FROM tidegate_ledger.egress_delivery AS known
       JOIN jsonb_to_recordset($1::text::jsonb) AS told("accountId" text, "clientId" text, "signalKey" text, place text)
         ON (known.account_id, known.client_id, known.signal_key, known.place)
           = (told."accountId", told."clientId", told."signalKey", told.place)
       WHERE arrived_at_ms IS NULL
       ORDER BY 1, 2, 3, 4 FOR UPDATE OF known
     )
     UPDATE tidegate_ledger.egress_delivery AS known SET arrived_at_ms = $2 FROM arrived
     WHERE (known.account_id, known.client_id, known.signal_key, known.place)
       = (arrived.account_id, arrived.client_id, arrived.signal_key, arrived.place)`,
    [JSON.stringify(arrivals), nowMs],
  )
}

function keyOf({ accountId, clientId, signalKey, place }: FlagArrival): string {
  return JSON.stringify([accountId, clientId, signalKey, place])
}
