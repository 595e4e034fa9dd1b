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
    const wanted = new Map<SignalRow['signal_id'], AccountSet>()
    for (const row of rows) wanted.set(row.signal_id, known.get(row.signal_id) ?? (await readAccounts(sql, row)))
    this.#bySignal = wanted
    return wanted
  }
}

async function readAccounts(sql: Sql, row: SignalRow): Promise<AccountSet> {
  return {
    audienceAccounts: row.is_everyone ? null : await readSet(sql, 'signal_account', row.signal_no),
    namedAccounts: await readSet(sql, 'named_account', row.signal_no),
  }
}

/** As one JSON array, because a hundred thousand result rows cost several times as much to take apart. */
async function readSet(sql: Sql, table: 'signal_account' | 'named_account', signalNo: number): Promise<Set<string>> {
  const [row] = await sql.query<{ account_ids: string[] | null }>(
    `SELECT jsonb_agg(account_id) AS account_ids FROM tidegate_ledger.${table} WHERE signal_no = $1`,
    [signalNo],
  )
  return new Set(row?.account_ids ?? [])
}
