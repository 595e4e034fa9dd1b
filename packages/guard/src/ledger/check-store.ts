import { z } from 'zod'
import type { Sql } from '../sql.ts'

const StoreRow = z.object({
  version: z.number(),
  version_text: z.string(),
  is_standby: z.boolean(),
  is_read_only: z.boolean(),
  encoding: z.string(),
})

/** The oldest PostgreSQL that has all that the ledger and the outbox are written in. */
const OLDEST_VERSION = 150_000

/**
 * Whether a database can hold a ledger, or an outbox: asked before anything is written, so that whoever named the wrong
 * one is told what is wrong with it and not which statement failed.
 *
 * @throws Error that says what it has to be, and what it is
 */
export async function checkStore(sql: Sql, what: string, purpose: 'ledger' | 'outbox'): Promise<void> {
  const [found] = await sql.query(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS version_text,
       pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
       current_setting('server_encoding') AS encoding`,
  )
  const store = StoreRow.parse(found)
  const flaw = flawOf(store, purpose)
  if (flaw !== null) throw new Error(`Cannot open the ledger: ${what} ${flaw}`)
}

function flawOf(store: z.infer<typeof StoreRow>, purpose: 'ledger' | 'outbox'): string | null {
  const { version, version_text, is_standby, is_read_only, encoding } = store
  if (version < OLDEST_VERSION) return `must be on PostgreSQL 15 or newer, it is on ${version_text}`
  if (is_standby) return 'is a standby that follows another server: name the primary, nothing can be decided here'
  if (is_read_only)
    return 'must be writable, its sessions are read-only (default_transaction_read_only of the role, the database or the server)'
  // Ids are any Unicode. An outbox may be in what its application is in, if that says which characters its bytes are.
  if (purpose === 'ledger' && encoding !== 'UTF8') return `must be in the encoding UTF8, it is in ${encoding}`
  if (encoding === 'SQL_ASCII')
    return 'must be in an encoding that says which characters its bytes are, it is in SQL_ASCII'
  return null
}
