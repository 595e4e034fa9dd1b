import type { FlagRecord } from '../core/egress/egress-ledger.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'
import { insertProposal } from './proposals.ts'

/**
 * Makes flags of an old event stream durable: those not written before become proposals, one for all accounts that the
 * same cause flags alike, in the same transaction. Whatever nodes and batches a flag comes through, it is proposed once.
 */
export async function recordFlags(context: LedgerContext, flags: readonly FlagRecord[], nowMs: number): Promise<void> {
  if (flags.length === 0) return
  await context.database.transaction(async (sql) => {
    const fresh = await insertFlags(sql, flags, nowMs)
    for (const alike of groupedByContents(fresh)) await proposeFlags(sql, context, alike, nowMs)
  })
}

/** @returns the flags that were not there yet. In key order, because two batches in opposite orders would wait for each other. */
async function insertFlags(sql: Sql, flags: readonly FlagRecord[], nowMs: number): Promise<FlagRecord[]> {
  const byKey = new Map(flags.map((flag) => [flag.flagKey, flag]))
  const written = await sql.query<{ flag_key: string }>(
    `INSERT INTO tidegate_ledger.egress_flag (flag_key, account_id, cause_id, recorded_at_ms)
     SELECT "flagKey", "accountId", "causeId", $2
     FROM jsonb_to_recordset($1::text::jsonb) AS flags("flagKey" text, "accountId" text, "causeId" text)
     ORDER BY 1 ON CONFLICT DO NOTHING RETURNING flag_key`,
    [JSON.stringify([...byKey.values()]), nowMs],
  )
  return written.flatMap(({ flag_key }) => byKey.get(flag_key) ?? [])
}

function groupedByContents(flags: readonly FlagRecord[]): readonly FlagRecord[][] {
  const groups = new Map<string, FlagRecord[]>()
  for (const flag of flags) {
    const { stream, causeId, action, scope, reason, expiresInMs } = flag
    const key = JSON.stringify([stream, causeId, action, scope, reason, expiresInMs])
    const group = groups.get(key)
    if (group) group.push(flag)
    else groups.set(key, [flag])
  }
  return [...groups.values()]
}

async function proposeFlags(
  sql: Sql,
  context: LedgerContext,
  alike: readonly FlagRecord[],
  nowMs: number,
): Promise<void> {
  const [first] = alike
  if (!first) return
  const signalId = context.newId()
  await insertProposal(sql, {
    signalId,
    idempotencyKey: `egress ${signalId}`,
    causeId: first.causeId,
    action: first.action,
    scope: first.scope,
    filter: {},
    reason: first.reason,
    expiresInMs: first.expiresInMs,
    proposalCount: alike.length,
    malformedBecause: null,
    proposedBy: `egress ${first.stream}`,
    proposedAtMs: nowMs,
    accountIds: alike.map(({ accountId }) => accountId),
  })
}
