import type { Sql } from '../sql.ts'

/** Rows of one transaction that differ in their accounts alone: one proposal. */
export interface OutboxGroup {
  /** The least row id of the group: the same whenever the group is read, so taking it in twice can be told. */
  readonly headRowId: string
  readonly rowCount: number
  /** How long ago it was written, by the clock of the database that holds it. */
  readonly ageMs: number
  /** As found: written by `tidegate.propose`, or by hand. */
  readonly proposal: unknown
  /** Sorted, each once; null for everyone. */
  readonly accountIds: readonly string[] | null
}

/** A group as it is taken in: the ids of many accounts stay where they are. */
export interface TakenGroup extends Omit<OutboxGroup, 'accountIds'> {
  readonly accounts: TakenAccounts
}

export type TakenAccounts =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'few'; readonly accountIds: readonly string[] }
  | { readonly kind: 'many'; readonly group: ManyAccounts }

/** Where the accounts of a large group are: rows of `tidegate.outbox` with this transaction and proposal. */
export interface ManyAccounts {
  readonly xactId: string
  /** As `jsonb` prints it. */
  readonly proposalText: string
}

/** What an outbox has to give: whole transactions, locked for the caller's own. */
export interface TakenOutbox {
  readonly transactionCount: number
  readonly groups: readonly TakenGroup[]
  /** Removes what was taken; gone when the caller's transaction commits. */
  readonly remove: () => Promise<void>
}

interface GroupRow {
  readonly head_row_id: string
  readonly row_count: number
  readonly age_ms: number
  readonly proposal: unknown
  readonly is_everyone: boolean
  /** Null for everyone, and for more accounts than were asked for. */
  readonly account_ids: string[] | null
  readonly xact_id: string
  readonly proposal_text: string
}

/**
 * Groups the rows of `taken`, oldest first.
 *
 * @param limit groups that name more accounts, repeated ones counted, come without them
 */
const groupsOf = (limit: string) => `
  , named AS (
    SELECT xact_id, proposal, account_ids IS NULL AS is_everyone, min(row_id::text) AS head_row_id, count(*) AS row_count,
      min(proposed_at) AS proposed_at, coalesce(sum(cardinality(account_ids)), 0) <= ${limit} AS is_few
    FROM taken GROUP BY 1, 2, 3
  ), listed AS (
    SELECT xact_id, proposal, array_agg(DISTINCT account_id) FILTER (WHERE account_id IS NOT NULL) AS account_ids
    FROM named JOIN taken USING (xact_id, proposal) CROSS JOIN LATERAL unnest(account_ids) AS id(account_id)
    WHERE is_few AND NOT is_everyone GROUP BY 1, 2
  )
  SELECT head_row_id, row_count, proposal, is_everyone, xact_id::text AS xact_id, proposal::text AS proposal_text,
    greatest(0, floor(extract(epoch FROM clock_timestamp() - proposed_at) * 1000))::bigint AS age_ms,
    CASE WHEN is_few AND NOT is_everyone THEN coalesce(account_ids, '{}') END AS account_ids
  FROM named LEFT JOIN listed USING (xact_id, proposal)
  ORDER BY proposed_at, head_row_id`

/** @returns what the outbox holds, oldest first, without taking anything */
export async function readOutbox(sql: Sql): Promise<OutboxGroup[]> {
  const rows = await sql.query<GroupRow>(
    `WITH taken AS (SELECT * FROM tidegate.outbox) ${groupsOf("'infinity'::numeric")}`,
  )
  return rows.map((row) => ({ ...aboutOf(row), accountIds: row.account_ids }))
}

/**
 * Locks the rows of up to `limit` transactions, whole transactions at a time; until the caller's transaction ends, other
 * takers pass them by.
 *
 * No cursor over a sequence: a transaction that began early and commits late would be behind it and never be read. Each
 * transaction's first row is its handle: whoever locks it owns them all.
 *
 * @param fewAccounts groups that name more accounts come without a list of them
 */
export async function takeFromOutbox(
  sql: Sql,
  options: { readonly limit: number; readonly fewAccounts: number },
): Promise<TakenOutbox> {
  const handles = await sql.query<{ xact_id: string }>(
    `SELECT xact_id::text AS xact_id FROM tidegate.outbox WHERE row_id IN (
       SELECT DISTINCT ON (xact_id) row_id FROM tidegate.outbox ORDER BY xact_id, row_id
     ) ORDER BY proposed_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [options.limit],
  )
  if (handles.length === 0) return { transactionCount: 0, groups: [], remove: async () => {} }
  const xactIds = handles.map((row) => row.xact_id)
  const rows = await sql.query<GroupRow>(
    `WITH taken AS (SELECT * FROM tidegate.outbox WHERE xact_id = ANY($1::text[]::xid8[])) ${groupsOf('$2::bigint')}`,
    [xactIds, options.fewAccounts],
  )
  return {
    transactionCount: xactIds.length,
    groups: rows.map((row) => ({ ...aboutOf(row), accounts: accountsOf(row) })),
    async remove() {
      await sql.query('DELETE FROM tidegate.outbox WHERE xact_id = ANY($1::text[]::xid8[])', [xactIds])
    },
  }
}

function aboutOf(row: GroupRow): Omit<OutboxGroup, 'accountIds'> {
  return { headRowId: row.head_row_id, rowCount: row.row_count, ageMs: row.age_ms, proposal: row.proposal }
}

function accountsOf(row: GroupRow): TakenAccounts {
  if (row.is_everyone) return { kind: 'everyone' }
  if (row.account_ids) return { kind: 'few', accountIds: row.account_ids }
  return { kind: 'many', group: { xactId: row.xact_id, proposalText: row.proposal_text } }
}
