import type { HashKey } from '../core/half-sip-hash.ts'
import { type LargeAudience, LargeAudienceBuilder } from '../core/large-audience.ts'
import type { Sql } from '../sql.ts'
import type { SignalRow } from './signal-row.ts'

/** The accounts of a signal: its audience (null for everyone; nobody until it is approved), and those in force by name. */
export interface AccountSet {
  readonly audienceAccounts: AudienceAccounts | null
  readonly namedAccounts: ReadonlySet<string>
  /** Its large audience is still being read, and told as nobody until then. */
  readonly isUnderWay?: boolean
}

export type AudienceAccounts = ReadonlySet<string> | LargeAudience

/** Pages that one query brings: 16,384 ids, some milliseconds of work, so that the node answers others in between. */
const PAGES_A_QUERY = 64

/**
 * Accounts of live signals, read once each: neither set changes after the verdict, so a node that reads the ledger anew
 * reads no account twice. An audience matters from its approval on and is read then; a large one is kept as hashes.
 * By id, because a ledger restored from a backup gives its numbers again.
 */
export class AccountSets {
  readonly #key: HashKey
  #named: ReadonlyMap<SignalId, ReadonlySet<string>> = new Map()
  #audiences: ReadonlyMap<SignalId, AudienceAccounts> = new Map()
  /** By whoever asked first: a node reads the ledger again while a million accounts are on their way. */
  readonly #underWay = new Map<SignalId, Promise<LargeAudience>>()

  #isFresh = true

  /** @param key drawn by the process and told nobody */
  constructor(key: HashKey) {
    this.#key = key
  }

  /** Whether a node has not been told everything yet. */
  get isFresh(): boolean {
    return this.#isFresh
  }

  /**
   * Reads what is missing.
   *
   * @param others what becomes of signals that are not in `rows`
   * @param large whether large audiences are waited for
   */
  async of(
    sql: Sql,
    rows: readonly SignalRow[],
    others: 'keep' | 'forget',
    large: 'wait' | 'later' = 'wait',
  ): Promise<ReadonlyMap<SignalId, AccountSet>> {
    const named = await this.#readNamed(sql, rows)
    const approved = rows.filter((row) => row.release_plan !== null && !row.is_everyone)
    const audiences = await this.#readAudiences(sql, approved, large)
    if (others === 'forget') this.#isFresh = false
    this.#named = others === 'keep' ? new Map([...this.#named, ...named]) : named
    const live = new Set(rows.map((row) => row.signal_id))
    // Those that a reader under way brought meanwhile are kept.
    const kept = [...this.#audiences].filter(([signalId]) => others === 'keep' || live.has(signalId))
    this.#audiences = new Map([...kept, ...audiences])
    return new Map(
      rows.map((row) => [
        row.signal_id,
        {
          audienceAccounts: row.is_everyone ? null : (audiences.get(row.signal_id) ?? NOBODY),
          namedAccounts: named.get(row.signal_id) ?? NOBODY,
          isUnderWay: approved.includes(row) && !audiences.has(row.signal_id),
        },
      ]),
    )
  }

  /** Begins to read the large audiences that are missing. One that could not be read is begun anew with the next call. */
  readLater(sql: Sql, rows: readonly SignalRow[]): void {
    for (const row of rows) if (!this.#audiences.has(row.signal_id)) this.#readLarge(sql, row).catch(() => {})
  }

  async #readNamed(sql: Sql, rows: readonly SignalRow[]): Promise<Map<SignalId, ReadonlySet<string>>> {
    const known = this.#named
    const missing = rows.filter((row) => !known.has(row.signal_id)).map((row) => row.signal_no)
    const read = await readSets(sql, 'named_account', missing)
    return new Map(rows.map((row) => [row.signal_id, known.get(row.signal_id) ?? read.get(row.signal_no) ?? NOBODY]))
  }

  async #readAudiences(
    sql: Sql,
    approved: readonly SignalRow[],
    large: 'wait' | 'later',
  ): Promise<Map<SignalId, AudienceAccounts>> {
    const known = this.#audiences
    const missing = approved.filter((row) => !row.is_paged && !known.has(row.signal_id)).map((row) => row.signal_no)
    const small = await readSets(sql, 'audience_row', missing)
    const audiences = new Map<SignalId, AudienceAccounts>()
    for (const row of approved) {
      const atHand = known.get(row.signal_id) ?? (row.is_paged ? null : (small.get(row.signal_no) ?? NOBODY))
      if (atHand) audiences.set(row.signal_id, atHand)
      else if (large === 'wait') audiences.set(row.signal_id, await this.#readLarge(sql, row))
    }
    return audiences
  }

  #readLarge(sql: Sql, row: SignalRow): Promise<LargeAudience> {
    const underWay = this.#underWay.get(row.signal_id)
    if (underWay) return underWay
    const reading = readPages(sql, row, this.#key)
      .then((audience) => {
        this.#audiences = new Map([...this.#audiences, [row.signal_id, audience]])
        return audience
      })
      .finally(() => this.#underWay.delete(row.signal_id))
    this.#underWay.set(row.signal_id, reading)
    return reading
  }
}

type SignalId = SignalRow['signal_id']

const NOBODY: ReadonlySet<string> = new Set()

async function readPages(sql: Sql, row: SignalRow, key: HashKey): Promise<LargeAudience> {
  const accountCount = row.named_audience_count ?? 0
  const builder = new LargeAudienceBuilder({ signalId: row.signal_id, accountCount, key })
  let after = ''
  for (;;) {
    const pages = await sql.query<{ first_account_id: string; ids: string }>(
      `SELECT first_account_id, array_to_string(account_ids, E'\\n') AS ids
       FROM tidegate_ledger.audience_page JOIN tidegate_ledger.signal USING (signal_no)
       WHERE signal_no = $1 AND signal_id = $2 AND first_account_id > $3 ORDER BY first_account_id LIMIT ${PAGES_A_QUERY}`,
      [row.signal_no, row.signal_id, after],
    )
    for (const page of pages) for (const accountId of page.ids.split('\n')) builder.add(accountId)
    const last = pages.at(-1)
    if (!last || pages.length < PAGES_A_QUERY) return builder.build()
    after = last.first_account_id
  }
}

/** A JSON array per signal, because a hundred thousand result rows cost several times as much to take apart. */
async function readSets(
  sql: Sql,
  table: 'audience_row' | 'named_account',
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
