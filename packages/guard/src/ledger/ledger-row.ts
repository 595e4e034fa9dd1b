import { ClientMode, Credit, Epoch, GuardMode } from '@tidegate/protocol'
import type { LedgerModes } from '../core/ledger.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import type { Sql } from '../sql.ts'
import { appendEvents } from './event-log.ts'
import { STORE_IDENTITY } from './store-identity.ts'

/** Notified with each decision, so that nodes need not wait until they ask again. */
export const DECIDED_CHANNEL = 'tidegate_ledger_decided'

/** The one row of the ledger: every verdict and decision is made while it is locked, so they come one after another. */
export interface LedgerRow extends LedgerModes {
  readonly epoch: Epoch
  readonly revision: number
  /** Null before the first verdict. */
  readonly globalCredit: Credit | null
}

interface Row {
  readonly epoch: string
  readonly revision: number
  readonly guard_mode: string
  readonly client_mode: string
  readonly global_account_count: number | null
  readonly global_bytes_per_resource: number | null
}

/** @param first what a ledger that is not there yet begins with */
export async function createLedgerRow(
  sql: Sql,
  first: { readonly epoch: string; readonly guardMode: GuardMode },
): Promise<void> {
  await sql.query('INSERT INTO tidegate_ledger.ledger (epoch, guard_mode) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    first.epoch,
    first.guardMode,
  ])
  await sql.query(`UPDATE tidegate_ledger.ledger SET store_identity = ${STORE_IDENTITY} WHERE store_identity IS NULL`)
}

export async function readLedgerRow(sql: Sql): Promise<LedgerRow> {
  return parse(await sql.query<Row>('SELECT * FROM tidegate_ledger.ledger'))
}

/**
 * Whoever holds the ledger and then says nothing for a lease term, because its process is frozen or cut off, loses it: an
 * operator's revoke must not wait until somebody is found who can end it. Between statements nobody works for longer.
 */
const IDLE_HOLDER_MS = 10_000

/** Holds the ledger until the transaction ends. Take it before anything else, so that nobody can wait in a circle. */
export async function lockLedger(sql: Sql): Promise<LedgerRow> {
  return parse(
    await sql.query<Row>(
      `SELECT ledger.*, set_config('idle_in_transaction_session_timeout', '${IDLE_HOLDER_MS}ms', true)
       FROM tidegate_ledger.ledger FOR UPDATE`,
    ),
  )
}

export async function setGlobalCredit(sql: Sql, credit: Credit): Promise<void> {
  await sql.query('UPDATE tidegate_ledger.ledger SET global_account_count = $1, global_bytes_per_resource = $2', [
    credit.accountCount,
    credit.bytesPerResource,
  ])
}

/**
 * Writes down what was decided and raises the revision, so that every node reads it. Only while the ledger is locked.
 *
 * @returns the new revision
 */
export async function recordDecision(sql: Sql, nowMs: number, events: readonly LedgerEvent[]): Promise<number> {
  const [row] = await sql.query<{ revision: number; head_event_no: number; head_sha256: string }>(
    `UPDATE tidegate_ledger.ledger SET revision = revision + 1
     RETURNING revision, head_event_no, head_sha256, pg_notify('${DECIDED_CHANNEL}', '')`,
  )
  if (!row) throw new Error('Cannot record a decision: the ledger has no row')
  const { revision } = row
  await appendEvents(sql, { eventNo: row.head_event_no, sha256: row.head_sha256 }, events, { revision, nowMs })
  return revision
}

function parse([row]: Row[]): LedgerRow {
  if (!row) throw new Error('Cannot read the ledger: it has no row')
  const { global_account_count: accountCount, global_bytes_per_resource: bytesPerResource } = row
  return {
    epoch: Epoch.parse(row.epoch),
    revision: row.revision,
    guardMode: GuardMode.parse(row.guard_mode),
    clientMode: ClientMode.parse(row.client_mode),
    globalCredit: accountCount === null ? null : Credit.parse({ accountCount, bytesPerResource }),
  }
}
