import type { Sql } from '../sql.ts'
import type { ManyAccounts } from './outbox-group.ts'

/** The most accounts that one proposal may name: the wire's limit (`Audience`). */
const MAX_ACCOUNTS = 2_000_000
/** The most text that their ids may be together, in bytes: half of what a PostgreSQL value can hold. */
const MAX_ID_BYTES = 500_000_000
/** Ids that one fetch brings: about 300 kB of them. */
const IDS_A_FETCH = 8192

/** The ids of a large group, in no order and as often as they were named. Takes the parameters of {@link parametersOf}. */
export const MANY_IDS = `
  SELECT id FROM tidegate.outbox CROSS JOIN LATERAL unnest(account_ids) AS named(id)
  WHERE xact_id = $1::text::xid8 AND proposal = $2::text::jsonb AND account_ids IS NOT NULL`

export function parametersOf(group: ManyAccounts): string[] {
  return [group.xactId, group.proposalText]
}

/** @returns why these are no accounts a proposal may name, or null; `tidegate.propose` writes none such, a person may */
export async function flawOfMany(sql: Sql, group: ManyAccounts): Promise<string | null> {
  const [found] = await sql.query<{ accounts: number; bytes: number; bad: number }>(
    `SELECT count(*) AS accounts, coalesce(sum(octet_length(id)), 0)::bigint AS bytes,
       count(*) FILTER (WHERE id IS NULL OR length(id) NOT BETWEEN 1 AND 128 OR id ~ '[\\u0001-\\u001f\\u007f-\\u009f\\ufeff]') AS bad
     FROM (${MANY_IDS}) AS named`,
    parametersOf(group),
  )
  if (!found) return 'its accounts cannot be read'
  if (found.bad > 0)
    return `${found.bad} of its accounts are not 1 to 128 characters without control characters or U+FEFF`
  if (found.accounts > MAX_ACCOUNTS) return `it names ${found.accounts} accounts, at most ${MAX_ACCOUNTS} are allowed`
  if (found.bytes > MAX_ID_BYTES)
    return `its accounts' ids are ${found.bytes} bytes, at most ${MAX_ID_BYTES} are allowed`
  return null
}

/** The ids in the order of their UTF-8 bytes, whatever encoding they are kept in, some thousands at a time; repeated ones repeat. Inside a transaction only. */
export async function* readMany(sql: Sql, group: ManyAccounts): AsyncGenerator<readonly string[]> {
  await sql.query(
    `DECLARE tidegate_accounts NO SCROLL CURSOR FOR ${MANY_IDS} ORDER BY convert_to(id, 'UTF8')`,
    parametersOf(group),
  )
  for (;;) {
    const rows = await sql.query<{ id: string }>(`FETCH ${IDS_A_FETCH} FROM tidegate_accounts`)
    yield rows.map((row) => row.id)
    if (rows.length < IDS_A_FETCH) break
  }
  await sql.query('CLOSE tidegate_accounts')
}
