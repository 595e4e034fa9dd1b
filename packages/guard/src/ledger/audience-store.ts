import type { Sql } from '../sql.ts'

/**
 * Up to so many named accounts are a row each, indexed by account; more are pages. Thousands of small audiences are then
 * found by one look-up per account, and a million accounts are 4,000 rows (apps/docs/decisions/0006-accounts-in-pages.md).
 */
export const ROW_ACCOUNT_LIMIT = 1024

/** Ids that one statement brings from another database, or from a caller's list: about 300 kB of them. */
const ACCOUNTS_A_STATEMENT = 8192

/** What was written down of a signal's accounts. */
export interface WrittenAudience {
  /** Distinct accounts. */
  readonly accountCount: number
  readonly isPaged: boolean
  /** Of the sorted ids: the same whatever order and number of times they were named in. */
  readonly accountsSha256: string
}

/** Writes the accounts of a signal that is about to be written. Ids are valid: 1 to 128 characters, no control characters. */
export type AudienceWriter = (ledger: Sql, signalNo: number) => Promise<void>

/** Writes accounts that are at hand as a list. */
export function writeList(accountIds: readonly string[]): AudienceWriter {
  return async (ledger, signalNo) => {
    if (accountIds.length > ROW_ACCOUNT_LIMIT) return writePages(ledger, signalNo, accountIds)
    await ledger.query(
      `INSERT INTO tidegate_ledger.audience_row
       SELECT DISTINCT $1::bigint, id FROM jsonb_array_elements_text($2::text::jsonb) AS named(id)`,
      [signalNo, JSON.stringify(accountIds)],
    )
  }
}

/** Writes accounts that come in the order of their UTF-8 bytes, some thousands at a time; repeated ones once. */
export function writeSorted(batches: () => AsyncIterable<readonly string[]>): AudienceWriter {
  return async (ledger, signalNo) => {
    let last: string | undefined
    let waiting: string[] = []
    for await (const batch of batches()) {
      for (const accountId of batch) {
        if (accountId === last) continue
        last = accountId
        waiting.push(accountId)
      }
      if (waiting.length < ACCOUNTS_A_STATEMENT) continue
      await writePages(ledger, signalNo, waiting)
      waiting = []
    }
    if (waiting.length > 0) await writePages(ledger, signalNo, waiting)
  }
}

/** No id holds a line break, so lines are an array of ids in the form that is taken apart fastest. */
async function writePages(ledger: Sql, signalNo: number, accountIds: readonly string[]): Promise<void> {
  await ledger.query(
    `INSERT INTO tidegate_ledger.audience_page
     SELECT $1::bigint, pages.* FROM tidegate_ledger.audience_pages(string_to_array($2::text, E'\\n')) AS pages`,
    [signalNo, accountIds.join('\n')],
  )
}

export async function readWritten(sql: Sql, signalNo: number): Promise<WrittenAudience> {
  const [written] = await sql.query<{ accounts: number; is_paged: boolean; sha256: string }>(
    `SELECT coalesce(sum(account_count), 0)::bigint AS accounts, coalesce(bool_or(is_paged), false) AS is_paged,
       encode(sha256(convert_to(coalesce(string_agg(ids, E'\\n' ORDER BY first_account_id), ''), 'UTF8')), 'hex') AS sha256
     FROM (
       SELECT account_id COLLATE "C" AS first_account_id, account_id AS ids, 1 AS account_count, false AS is_paged
       FROM tidegate_ledger.audience_row WHERE signal_no = $1
       UNION ALL
       SELECT first_account_id, array_to_string(account_ids, E'\\n'), account_count, true
       FROM tidegate_ledger.audience_page WHERE signal_no = $1
     ) AS parts`,
    [signalNo],
  )
  if (!written) throw new Error(`Cannot read back the accounts of signal ${signalNo}`)
  return { accountCount: written.accounts, isPaged: written.is_paged, accountsSha256: written.sha256 }
}

export async function forgetAudience(sql: Sql, signalNo: number): Promise<void> {
  await sql.query('DELETE FROM tidegate_ledger.audience_row WHERE signal_no = $1', [signalNo])
  await sql.query('DELETE FROM tidegate_ledger.audience_page WHERE signal_no = $1', [signalNo])
}
