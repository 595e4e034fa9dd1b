import type { Sql } from '@tidegate/guard/sql'
import { z } from 'zod'
import { NamedAccounts, OutboxGroup } from '../core/measurement.ts'

/** How many account ids a report shows of each cause. */
const SHOWN_ACCOUNT_COUNT = 3

/** Up to where the outbox was filled when a statement was over. */
export interface OutboxMark {
  readonly statementIndex: number
  /** The last row's place in the table: within one transaction rows are only added behind it. */
  readonly lastRow: string
}

/** All rows, whatever transaction they claim to be of: there were none before. Each with the statement that wrote it. */
const MINE = `
  WITH mine AS MATERIALIZED (
    SELECT proposal, account_ids, ($1::int[])[1 + width_bucket(ctid, $2::text[]::tid[]) - (ctid = ANY ($2::text[]::tid[]))::int] AS statement
    FROM tidegate.outbox
  )`

/** @returns what the migration left in the outbox, in an order that depends on nothing but its contents (K3) */
export async function readOutboxGroups(sql: Sql, marks: readonly OutboxMark[]): Promise<OutboxGroup[]> {
  const rows = await sql.query(
    `${MINE}
     SELECT proposal, account_ids IS NULL AS "isEveryone", count(*) AS "rowCount",
       coalesce(array_agg(DISTINCT statement) FILTER (WHERE statement IS NOT NULL), '{}') AS "statementIndexes"
     FROM mine GROUP BY 1, 2 ORDER BY proposal::text COLLATE "C", 2`,
    parameters(marks),
  )
  return OutboxGroup.array().parse(rows)
}

export async function readNamedAccounts(
  sql: Sql,
  marks: readonly OutboxMark[],
): Promise<{ named: NamedAccounts[]; namedAccountCount: number }> {
  const rows = await sql.query(
    `${MINE}, named AS MATERIALIZED (
       SELECT DISTINCT coalesce(proposal->>'causeId', '') AS cause, account COLLATE "C" AS account
       FROM mine, unnest(account_ids) AS account
     )
     SELECT cause AS "causeId", count(*) AS "accountCount",
       (array_agg(account ORDER BY account))[1:${SHOWN_ACCOUNT_COUNT}] AS "firstAccountIds"
     FROM named GROUP BY cause ORDER BY cause COLLATE "C"`,
    parameters(marks),
  )
  const [total] = await sql.query(
    `${MINE} SELECT count(DISTINCT account) AS count FROM mine, unnest(account_ids) AS account`,
    parameters(marks),
  )
  return {
    named: NamedAccounts.array().parse(rows),
    namedAccountCount: z.object({ count: z.int() }).parse(total).count,
  }
}

function parameters(marks: readonly OutboxMark[]): unknown[] {
  return [marks.map(({ statementIndex }) => statementIndex), marks.map(({ lastRow }) => lastRow)]
}
