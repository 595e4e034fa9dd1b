import { type AccountId, cohort } from '@tidegate/protocol'
import type { AudienceFigures } from '../core/audience-figures.ts'
import { AudienceTally } from '../core/audience-tally.ts'
import type { CanaryLimits } from '../core/canaries.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'
import { admittedKinds } from './registry.ts'
import type { WaitingRow } from './waiting-row.ts'

interface AccountRow {
  readonly account_id: string
  /** Null when none of its clients is active. */
  readonly cached_bytes: number | null
  readonly is_listening: boolean
  readonly is_resting: boolean
}

/** Up to so many named accounts are looked up one by one; of more, one pass over the registry costs less. */
const FEW_ACCOUNTS = 100

/** Accounts that one fetch brings of many: their facts are some 2 MB, and the node does other work in between. */
const ACCOUNTS_A_FETCH = 10_000

/** Whether a column's account is one of the few that are asked for ($4), or all are. */
const isAsked = (column: string) => `($4::text[] IS NULL OR ${column} = ANY($4))`

/** In force by name, or only observed: within the spacing, or without approval. */
const RESTING_BY_NAME = `
  SELECT account_id FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
  WHERE ${isAsked('account_id')} AND named_account_count > 0
    AND (judged_at_ms > $1 OR (approved_at_ms IS NULL AND state IN ('held', 'released')))
  UNION
  SELECT account_id FROM tidegate_ledger.observed_account JOIN tidegate_ledger.signal USING (signal_no)
  WHERE ${isAsked('account_id')} AND (judged_at_ms > $1 OR (approved_at_ms IS NULL AND state = 'held'))`

/** An approved signal counts from its newest stage. */
const IS_NEWLY_APPROVED = 'approved_at_ms IS NOT NULL AND (stage_starts_at_ms->>-1)::bigint > $1'

/** Of a few: small audiences are found by account, large ones are asked one by one. */
const RESTING_OF_FEW = `${RESTING_BY_NAME}
  UNION
  SELECT account_id FROM tidegate_ledger.audience_row JOIN tidegate_ledger.signal USING (signal_no)
  WHERE account_id = ANY($4) AND ${IS_NEWLY_APPROVED}
  UNION
  SELECT account_id FROM tidegate_ledger.signal CROSS JOIN unnest($4::text[]) AS asked(account_id)
  WHERE is_paged AND ${IS_NEWLY_APPROVED} AND tidegate_ledger.names_account(signal_no, account_id)`

const RESTING_OF_ALL = `${RESTING_BY_NAME}
  UNION
  SELECT account_id FROM tidegate_ledger.signal_account JOIN tidegate_ledger.signal USING (signal_no)
  WHERE ${IS_NEWLY_APPROVED}`

const IS_ADMITTED = `($3::text[] IS NULL OR client_class || ' ' || app_version = ANY($3))`

const ACTIVE = `SELECT * FROM tidegate_ledger.client WHERE seen_at_ms > $2 AND ${isAsked('client.account_id')}`

const NAMED_FACTS = `
  CASE WHEN count(client_id) > 0 THEN coalesce(sum(cached_bytes) FILTER (WHERE ${IS_ADMITTED}), 0) END::bigint AS cached_bytes,
  count(client_id) FILTER (WHERE ${IS_ADMITTED}) > 0 AS is_listening`

const FEW_NAMED = `
  SELECT account_id, ${NAMED_FACTS}, account_id IN (${RESTING_OF_FEW}) AS is_resting
  FROM unnest($4::text[]) AS audience(account_id) LEFT JOIN (${ACTIVE}) AS active USING (account_id)
  GROUP BY account_id`

/** The registry is summed up before it is joined, so that the audience, which may be far larger, is not grouped. */
const MANY_NAMED = `
  SELECT account_id, cached_bytes, coalesce(is_listening, false) AS is_listening, account_id IN (${RESTING_OF_ALL}) AS is_resting
  FROM tidegate_ledger.signal_account AS audience
  LEFT JOIN (SELECT account_id, ${NAMED_FACTS} FROM (${ACTIVE}) AS active GROUP BY account_id) AS known USING (account_id)
  WHERE signal_no = $5`

const REGISTRY = `
  SELECT account_id, sum(cached_bytes)::bigint AS cached_bytes, true AS is_listening, account_id IN (${RESTING_OF_ALL}) AS is_resting
  FROM tidegate_ledger.client
  WHERE seen_at_ms > $2 AND ${IS_ADMITTED}
  GROUP BY account_id`

/**
 * Sums up the audience of a signal: the named accounts, or those of the registry that its filters let in. Only while the
 * ledger is locked. However many there are, the node's memory holds some thousands of them.
 */
export async function readAudience(
  sql: Sql,
  context: LedgerContext,
  row: WaitingRow,
  options: { readonly limits: CanaryLimits; readonly nowMs: number },
): Promise<AudienceFigures> {
  const { settings, resources } = context
  const activeAfterMs = options.nowMs - settings.activeForMs
  const restsAfterMs = options.nowMs - settings.resetSpacingMs
  const kinds = await admittedKinds(sql, row.filter, activeAfterMs)
  const few = row.is_everyone ? null : await readFewAccounts(sql, row.signal_no)
  const isEveryoneResting = await wasEveryoneReset(sql, restsAfterMs)
  const isIn = cohortFilter(row)
  const tally = new AudienceTally(options.limits)
  const add = (accounts: readonly AccountRow[]) => {
    for (const account of accounts) {
      if (!isIn(account.account_id)) continue
      tally.add({
        accountId: account.account_id,
        resourceId: resources.resourceOf(account.account_id as AccountId), // parsed when it was written down
        predictedBytes: account.cached_bytes ?? settings.unknownAccountBytes,
        isResting: account.is_resting || isEveryoneResting,
        isListening: account.is_listening,
      })
    }
  }
  const parameters = [restsAfterMs, activeAfterMs, kinds, few]
  if (few) add(await sql.query<AccountRow>(FEW_NAMED, parameters))
  else if (row.is_everyone) await fetchAll(sql, REGISTRY, parameters, add)
  else await fetchAll(sql, MANY_NAMED, [...parameters, row.signal_no], add)
  return tally.figures()
}

/** @returns the accounts that a signal names when they are few, else null */
async function readFewAccounts(sql: Sql, signalNo: number): Promise<string[] | null> {
  const rows = await sql.query<{ account_id: string }>(
    'SELECT account_id FROM tidegate_ledger.signal_account WHERE signal_no = $1 LIMIT $2',
    [signalNo, FEW_ACCOUNTS + 1],
  )
  return rows.length > FEW_ACCOUNTS ? null : rows.map((row) => row.account_id)
}

async function fetchAll(
  sql: Sql,
  text: string,
  parameters: readonly unknown[],
  add: (accounts: readonly AccountRow[]) => void,
): Promise<void> {
  // All rows are wanted: a plan that is quick with the first of them would be slow with a million.
  await sql.query('SET LOCAL cursor_tuple_fraction = 1')
  await sql.query(`DECLARE tidegate_audience NO SCROLL CURSOR FOR ${text}`, parameters)
  let accounts: AccountRow[]
  do {
    accounts = await sql.query<AccountRow>(`FETCH ${ACCOUNTS_A_FETCH} FROM tidegate_audience`)
    add(accounts)
  } while (accounts.length === ACCOUNTS_A_FETCH)
  await sql.query('CLOSE tidegate_audience')
}

async function wasEveryoneReset(sql: Sql, restsAfterMs: number): Promise<boolean> {
  // Counted rather than EXISTS: for that the planner expects an early hit, and reads every signal there ever was.
  const [reset] = await sql.query<{ is_everyone: boolean }>(
    `SELECT count(*) > 0 AS is_everyone FROM tidegate_ledger.signal
     WHERE approved_at_ms IS NOT NULL AND is_everyone AND (stage_starts_at_ms->>-1)::bigint > $1`,
    [restsAfterMs],
  )
  return reset?.is_everyone === true
}

function cohortFilter(row: WaitingRow): (accountId: string) => boolean {
  const { cohorts } = row.filter
  if (!cohorts) return () => true
  return (accountId) => {
    const place = cohort(row.signal_id, accountId)
    return place >= cohorts.from && place < cohorts.below
  }
}
