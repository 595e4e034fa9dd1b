import {
  type Actor,
  type Cause,
  type Credit,
  Denied,
  EmitWindow,
  Manifest,
  type RegisterCauseAnswer,
} from '@tidegate/protocol'
import { grantCredit, NO_CREDIT } from '../core/credit.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { countActiveAccounts } from './registry.ts'

export interface CauseRow {
  readonly cause_id: string
  readonly is_registered: boolean
  readonly kind: string
  readonly title: string
  readonly owner: string
  readonly manifest: unknown
  readonly emit_window: unknown
  readonly credit_account_count: number
  readonly credit_bytes_per_resource: number
  readonly registered_by: readonly string[]
  /** All three null unless it was revoked and nothing of it was approved since. */
  readonly revoked_at_ms: number | null
  readonly revoked_by: string | null
  readonly revoked_because: string | null
}

export function registerCause(
  context: LedgerContext,
  cause: Cause,
  by: Actor,
  nowMs: number,
): Promise<RegisterCauseAnswer> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const manifest = cause.manifest ?? null
    const window = cause.window ?? null
    const known = await readCause(sql, cause.causeId)
    if (known?.is_registered) {
      const isSame =
        sameManifest(known.manifest, manifest) && sameWindow(known.emit_window, window) && known.kind === cause.kind
      if (isSame && known.title === cause.title && known.owner === cause.owner) {
        return { credit: creditOf(known), isNew: false }
      }
      if (!isSame && (await hasSignals(sql, cause.causeId))) {
        throw new Denied({
          kind: 'conflict',
          message: `Cannot register ${cause.causeId} with another kind, manifest or window: it has signals. Register what is different as a cause of its own`,
        })
      }
    }
    const credit = known?.is_registered
      ? creditOf(known)
      : grantCredit({
          activeAccountCount: await countActiveAccounts(sql, nowMs, context.settings),
          resources: context.resources.resources,
          settings: context.settings,
        })
    await sql.query(
      `INSERT INTO tidegate_ledger.cause AS cause VALUES ($1, true, $2, $3, $4, $5::text::jsonb, $6, $7, $8::text::jsonb, ARRAY[$9])
       ON CONFLICT (cause_id) DO UPDATE SET is_registered = true, kind = $2, title = $3, owner = $4, manifest = $5::text::jsonb,
         credit_account_count = $6, credit_bytes_per_resource = $7, emit_window = $8::text::jsonb,
         registered_by = array_remove(cause.registered_by, $9) || ARRAY[$9]`,
      [
        cause.causeId,
        cause.kind,
        cause.title,
        cause.owner,
        manifest && JSON.stringify(manifest),
        credit.accountCount,
        credit.bytesPerResource,
        window && JSON.stringify(window),
        by,
      ],
    )
    await recordDecision(sql, nowMs, [
      { kind: 'cause-registered', actor: by, causeId: cause.causeId, evidence: { cause, credit } },
    ])
    return { credit, isNew: !known?.is_registered }
  })
}

/** A cause seen for the first time in a proposal: nobody announced it, so it has no credit until somebody does. */
export async function noteUnregisteredCause(sql: Sql, causeId: string, proposedBy: string): Promise<CauseRow> {
  await sql.query(
    `INSERT INTO tidegate_ledger.cause VALUES ($1, false, 'build', $2, $3, NULL, $4, $5) ON CONFLICT DO NOTHING`,
    [causeId, causeId.slice(0, 120), proposedBy, NO_CREDIT.accountCount, NO_CREDIT.bytesPerResource],
  )
  const row = await readCause(sql, causeId)
  if (!row) throw new Error(`Cannot read cause ${causeId} back`)
  return row
}

export async function readCause(sql: Sql, causeId: string): Promise<CauseRow | undefined> {
  const [row] = await sql.query<CauseRow>('SELECT * FROM tidegate_ledger.cause WHERE cause_id = $1', [causeId])
  return row
}

export function creditOf(row: CauseRow): Credit {
  return { accountCount: row.credit_account_count, bytesPerResource: row.credit_bytes_per_resource }
}

async function hasSignals(sql: Sql, causeId: string): Promise<boolean> {
  const rows = await sql.query('SELECT 1 AS one FROM tidegate_ledger.signal WHERE cause_id = $1 LIMIT 1', [causeId])
  return rows.length > 0
}

/** Compared as the schema reads them, so that key order does not matter. */
function sameManifest(stored: unknown, manifest: Manifest | null): boolean {
  if (stored === null || manifest === null) return stored === manifest
  return JSON.stringify(Manifest.parse(stored)) === JSON.stringify(Manifest.parse(manifest))
}

function sameWindow(stored: unknown, window: EmitWindow | null): boolean {
  if (stored === null || window === null) return stored === window
  const { fromMs, untilMs } = EmitWindow.parse(stored)
  return fromMs === window.fromMs && untilMs === window.untilMs
}
