import type { Sql } from '../sql.ts'
import type { SignalRow } from './signal-row.ts'

/** The accounts of a signal: its audience (null for everyone), and those in force by name. */
export interface AccountSet {
  readonly audienceAccounts: ReadonlySet<string> | null
  readonly namedAccounts: ReadonlySet<string>
}

/**
 * Accounts of live signals, read once each: neither set changes after the verdict, so a node that reads the ledger anew
 * reads no account twice. By id, because a ledger restored from a backup gives its numbers again.
 */
export class AccountSets {
  #bySignal: ReadonlyMap<SignalRow['signal_id'], AccountSet> = new Map()

  /** Reads what is missing; what is not in `rows` is forgotten. */
  async of(sql: Sql, rows: readonly SignalRow[]): Promise<ReadonlyMap<SignalRow['signal_id'], AccountSet>> {
    const known = this.#bySignal
    const missing = rows.filter((row) => !known.has(row.signal_id)).map((row) => row.signal_no)
    const audiences = await readSets(sql, 'signal_account', missing)
    const named = await readSets(sql, 'named_account', missing)
    const setOf = (row: SignalRow): AccountSet => ({
      audienceAccounts: row.is_everyone ? null : (audiences.get(row.signal_no) ?? NOBODY),
      namedAccounts: named.get(row.signal_no) ?? NOBODY,
    })
    const wanted = new Map(rows.map((row) => [row.signal_id, known.get(row.signal_id) ?? setOf(row)]))
    this.#bySignal = wanted
    return wanted
  }
}

const NOBODY: ReadonlySet<string> = new Set()

/** A JSON array per signal, because a hundred thousand result rows cost several times as much to take apart. */
async function readSets(
  sql: Sql,
  table: 'signal_account' | 'named_account',
  signalNos: readonly number[],
): Promise<Map<number, ReadonlySet<string>>> {
  if (signalNos.length === 0) return new Map()
  const rows = await sql.query<{ signal_no: number; account_ids: string[] }>(
    `SELECT signal_no, jsonb_agg(account_id) AS account_ids FROM tidegate_ledger.${table}
     WHERE signal_no = ANY($1::text[]::bigint[]) GROUP BY signal_no`,
    [signalNos.map(String)],
  )
  return new Map(rows.map((row) => [row.signal_no, new Set(row.account_ids)]))
}
