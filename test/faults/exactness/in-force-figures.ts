import type { Sql } from '@tidegate/guard/sql'

export interface InForceFigures {
  readonly causes: readonly {
    readonly accounts: number
    readonly creditAccounts: number
    /** Of the resource with the most. */
    readonly mostBytes: number
    readonly creditBytes: number
  }[]
  readonly accounts: number
  readonly creditAccounts: number
  readonly bytesByResource: readonly number[]
  readonly creditBytes: number
}

/** What unapproved signals have in force, counted from the rows of the accounts, beside what the credits allow. */
export async function inForceFigures(sql: Sql): Promise<InForceFigures> {
  const causes = await sql.query<InForceFigures['causes'][number]>(
    `WITH drawn AS (
       SELECT cause_id, resource_id, count(*) AS accounts, sum(predicted_bytes)::bigint AS bytes
       FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE state IN ('held', 'released') AND approved_at_ms IS NULL GROUP BY cause_id, resource_id
     )
     SELECT coalesce(sum(accounts), 0)::bigint AS accounts, credit_account_count AS "creditAccounts",
       coalesce(max(bytes), 0) AS "mostBytes", credit_bytes_per_resource AS "creditBytes"
     FROM tidegate_ledger.cause LEFT JOIN drawn USING (cause_id) GROUP BY cause.cause_id ORDER BY 1`,
  )
  const resources = await sql.query<{ bytes: number }>(
    `SELECT sum(predicted_bytes)::bigint AS bytes FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
     WHERE state IN ('held', 'released') AND approved_at_ms IS NULL GROUP BY resource_id`,
  )
  const [row] = await sql.query<{ accounts: number; bytes: number }>(
    'SELECT global_account_count AS accounts, global_bytes_per_resource AS bytes FROM tidegate_ledger.ledger',
  )
  return {
    causes,
    accounts: causes.reduce((sum, cause) => sum + cause.accounts, 0),
    creditAccounts: row?.accounts ?? 0,
    bytesByResource: resources.map(({ bytes }) => bytes),
    creditBytes: row?.bytes ?? 0,
  }
}

/** How often accounts were told of, and released: by signals, not by causes, so what was doubled is seen. */
export async function accountFigures(sql: Sql) {
  const [row] = await sql.query<{ told: number; distinct: number; released: number }>(
    `SELECT count(*) AS told, count(DISTINCT account_id) AS "distinct",
       count(*) FILTER (WHERE state = 'released' AND approved_at_ms IS NOT NULL) AS released
     FROM tidegate_ledger.signal_account JOIN tidegate_ledger.signal USING (signal_no)`,
  )
  return row
}

/** @returns rows of the outbox and signals that nobody has judged yet */
export async function waitingCount(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ waiting: number }>(
    `SELECT (SELECT count(*) FROM tidegate.outbox) + (SELECT count(*) FROM tidegate_ledger.signal WHERE state = 'waiting') AS waiting`,
  )
  return row?.waiting ?? 0
}
