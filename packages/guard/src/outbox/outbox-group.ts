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

interface GroupRow {
  readonly head_row_id: string
  readonly row_count: number
  readonly age_ms: number
  readonly proposal: unknown
  readonly account_ids: string[] | null
}

/** Groups the rows of `taken`, oldest first. */
const GROUPS = `
  SELECT min(row_id::text) AS head_row_id, count(DISTINCT row_id) AS row_count,
    greatest(0, floor(extract(epoch FROM clock_timestamp() - min(proposed_at)) * 1000))::bigint AS age_ms,
    proposal,
    CASE WHEN is_everyone THEN NULL
      ELSE coalesce(array_agg(DISTINCT account_id) FILTER (WHERE account_id IS NOT NULL), '{}') END AS account_ids
  FROM (
    SELECT row_id, xact_id, proposed_at, proposal, account_ids IS NULL AS is_everyone, account_id
    FROM taken LEFT JOIN LATERAL unnest(account_ids) AS named(account_id) ON true
  ) AS rows
  GROUP BY xact_id, proposal, is_everyone
  ORDER BY min(proposed_at), 1`

/** @returns what the outbox holds, oldest first, without taking anything */
export async function readOutbox(sql: Sql): Promise<OutboxGroup[]> {
  return (await sql.query<GroupRow>(`WITH taken AS (SELECT * FROM tidegate.outbox) ${GROUPS}`)).map(groupOf)
}

/**
 * Takes the rows of up to `limit` transactions, whole transactions at a time. They are gone when the caller's transaction
 * commits, and back when it does not; until then other takers pass them by.
 *
 * No cursor over a sequence: a transaction that began early and commits late would be behind it and never be read. Each
 * transaction's first row is its handle: whoever locks it owns them all.
 */
export async function takeFromOutbox(sql: Sql, limit: number): Promise<OutboxGroup[]> {
  const handles = await sql.query<{ xact_id: string }>(
    `SELECT xact_id::text AS xact_id FROM tidegate.outbox WHERE row_id IN (
       SELECT DISTINCT ON (xact_id) row_id FROM tidegate.outbox ORDER BY xact_id, row_id
     ) ORDER BY proposed_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  )
  if (handles.length === 0) return []
  const rows = await sql.query<GroupRow>(
    `WITH taken AS (DELETE FROM tidegate.outbox WHERE xact_id = ANY($1::text[]::xid8[]) RETURNING *) ${GROUPS}`,
    [handles.map((row) => row.xact_id)],
  )
  return rows.map(groupOf)
}

function groupOf(row: GroupRow): OutboxGroup {
  return {
    headRowId: row.head_row_id,
    rowCount: row.row_count,
    ageMs: row.age_ms,
    proposal: row.proposal,
    accountIds: row.account_ids,
  }
}
