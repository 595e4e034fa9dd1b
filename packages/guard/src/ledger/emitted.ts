import type { VerdictFacts } from '../core/rules/rule.ts'
import type { Judgement } from '../core/verdict.ts'
import type { Sql } from '../sql.ts'
import type { WaitingRow } from './waiting-row.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Signals that name more accounts are not copied account by account: the counts of TG019 and TG020 are small ones. */
const LARGE_ACCOUNT_COUNT = 1_000
/** Collections of a cause that are remembered: as many as a scope may name. */
const COLLECTION_LIMIT = 32

type Emitted = Pick<
  VerdictFacts['cause'],
  'earlierProposalCount' | 'earlierAccountCount' | 'accountCount' | 'earlierScopes' | 'recent'
>

interface EmittedRow {
  readonly is_first: boolean
  readonly proposal_count: number
  readonly named: number
  readonly everyone: number
  readonly whole_account_signals: number
  readonly collections: string[]
  readonly in_minute: number
  readonly in_day: number
}

/** Distinct accounts of small signals since a time, no more than could matter; and those of large ones, one by one. */
const countSince = (since: string, limit: string) => `(
    SELECT count(*) FROM (
      SELECT FROM tidegate_ledger.cause_account WHERE cause_id = $1 AND named_at_ms > ${since} LIMIT ${limit} + 1
    ) AS recent
  ) + (
    SELECT coalesce(sum(account_count), 0) FROM tidegate_ledger.cause_large_signal WHERE cause_id = $1 AND named_at_ms > ${since}
  )::bigint`

const EARLIER = `
  SELECT cause_id IS NULL AS is_first, coalesce(proposal_count, 0) AS proposal_count,
    coalesce(named_account_count, 0) AS named, coalesce(everyone_account_count, 0) AS everyone,
    coalesce(whole_account_signal_count, 0) AS whole_account_signals, coalesce(collections, '{}') AS collections,
    ${countSince('$2::bigint', '$4::bigint')} AS in_minute, ${countSince('$3::bigint', '$5::bigint')} AS in_day
  FROM (SELECT) AS once LEFT JOIN tidegate_ledger.cause_emitted ON cause_id = $1`

/**
 * What a cause has emitted before a signal, and with it. A predicate counts as the audience it had. Costs what the
 * signal's own accounts cost, however many signals came before.
 */
export async function readEmitted(
  sql: Sql,
  row: Pick<WaitingRow, 'cause_id' | 'signal_no' | 'is_everyone'>,
  facts: Pick<VerdictFacts, 'nowMs' | 'settings' | 'audience'>,
): Promise<Emitted> {
  const { nowMs, settings, audience } = facts
  const minuteAgoMs = nowMs - MINUTE_MS
  const dayAgoMs = nowMs - DAY_MS
  const [earlier] = await sql.query<EmittedRow>(EARLIER, [
    row.cause_id,
    minuteAgoMs,
    dayAgoMs,
    settings.accountsPerMinute,
    settings.accountsPerDay,
  ])
  if (!earlier) throw new Error(`Cannot read what ${row.cause_id} has emitted`)
  const own = await readOwn(sql, row, { isFirst: earlier.is_first, minuteAgoMs, dayAgoMs })
  const { named, everyone } = earlier
  return {
    earlierProposalCount: earlier.proposal_count,
    earlierAccountCount: named + everyone,
    accountCount: named + own.fresh + (row.is_everyone ? Math.max(everyone, audience.accountCount) : everyone),
    earlierScopes: { collections: earlier.collections, wholeAccountCount: earlier.whole_account_signals },
    recent: {
      earlierInMinute: earlier.in_minute,
      inMinute: earlier.in_minute + own.fresh_in_minute,
      earlierInDay: earlier.in_day,
      inDay: earlier.in_day + own.fresh_in_day,
    },
  }
}

/** Accounts of a signal that its cause did not name before: ever, within the minute, within the day. */
interface OwnAccounts {
  readonly fresh: number
  readonly fresh_in_minute: number
  readonly fresh_in_day: number
}

async function readOwn(
  sql: Sql,
  row: Pick<WaitingRow, 'cause_id' | 'signal_no' | 'is_everyone'>,
  earlier: { readonly isFirst: boolean; readonly minuteAgoMs: number; readonly dayAgoMs: number },
): Promise<OwnAccounts> {
  if (row.is_everyone) return { fresh: 0, fresh_in_minute: 0, fresh_in_day: 0 }
  const [size] = await sql.query<{ accounts: number }>(
    'SELECT coalesce(named_audience_count, 0) AS accounts FROM tidegate_ledger.signal WHERE signal_no = $1',
    [row.signal_no],
  )
  const accountCount = size?.accounts ?? 0
  const all = { fresh: accountCount, fresh_in_minute: accountCount, fresh_in_day: accountCount }
  if (earlier.isFirst) return all
  if (accountCount <= LARGE_ACCOUNT_COUNT) {
    const [own] = await sql.query<OwnAccounts>(OWN_OF_SMALL, [
      row.cause_id,
      row.signal_no,
      earlier.minuteAgoMs,
      earlier.dayAgoMs,
    ])
    return own ?? all
  }
  const [own] = await sql.query<Pick<OwnAccounts, 'fresh'>>(OWN_OF_LARGE, [row.cause_id, row.signal_no])
  return { ...all, ...own }
}

/** One look-up per account. */
const OWN_OF_SMALL = `
  SELECT count(*) FILTER (WHERE known.account_id IS NULL AND NOT EXISTS (
      SELECT FROM tidegate_ledger.cause_large_signal AS large
      WHERE large.cause_id = $1 AND tidegate_ledger.names_account(large.signal_no, named.account_id)
    )) AS fresh,
    count(*) FILTER (WHERE coalesce(known.named_at_ms <= $3::bigint, true)) AS fresh_in_minute,
    count(*) FILTER (WHERE coalesce(known.named_at_ms <= $4::bigint, true)) AS fresh_in_day
  FROM tidegate_ledger.signal_account AS named
  LEFT JOIN tidegate_ledger.cause_account AS known ON known.cause_id = $1 AND known.account_id = named.account_id
  WHERE signal_no = $2`

/**
 * One pass over what the cause named between the first and the last account of the signal: nothing, where a migration goes
 * through its accounts in order; all, where their ids are random.
 */
const OWN_OF_LARGE = `
  WITH own AS MATERIALIZED (
    SELECT min(account_id COLLATE "C") AS first_id, max(account_id COLLATE "C") AS last_id
    FROM tidegate_ledger.signal_account WHERE signal_no = $2
  ), named_before AS (
    SELECT other.account_id
    FROM own, tidegate_ledger.cause_large_signal AS large JOIN tidegate_ledger.audience_row AS other USING (signal_no)
    WHERE large.cause_id = $1 AND other.account_id COLLATE "C" BETWEEN own.first_id AND own.last_id
    UNION ALL
    SELECT other.account_id
    FROM own, tidegate_ledger.cause_large_signal AS large JOIN tidegate_ledger.audience_page AS page USING (signal_no),
      unnest(page.account_ids) AS other (account_id)
    WHERE large.cause_id = $1 AND page.first_account_id <= own.last_id AND page.first_account_id >= coalesce((
      SELECT max(first_account_id) FROM tidegate_ledger.audience_page AS before
      WHERE before.signal_no = page.signal_no AND before.first_account_id <= own.first_id
    ), '')
  )
  SELECT count(*) AS fresh FROM tidegate_ledger.signal_account AS named
  WHERE signal_no = $2 AND NOT EXISTS (
    SELECT FROM tidegate_ledger.cause_account AS known WHERE known.cause_id = $1 AND known.account_id = named.account_id
  ) AND NOT EXISTS (SELECT FROM named_before WHERE named_before.account_id = named.account_id)`

/** Adds a judged signal to what its cause has emitted. In the verdict's transaction, so that no count can be lost or doubled. */
export async function noteEmitted(sql: Sql, row: WaitingRow, facts: VerdictFacts, judgement: Judgement): Promise<void> {
  if (row.malformed_because !== null) return
  const { cause, audience, nowMs } = facts
  const collections = row.scope.kind === 'account' ? [] : row.scope.collections.map(({ collection }) => collection)
  await sql.query(
    `INSERT INTO tidegate_ledger.cause_emitted AS known VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (cause_id) DO UPDATE SET
       proposal_count = known.proposal_count + excluded.proposal_count,
       named_account_count = known.named_account_count + excluded.named_account_count,
       everyone_account_count = greatest(known.everyone_account_count, excluded.everyone_account_count),
       whole_account_signal_count = known.whole_account_signal_count + excluded.whole_account_signal_count,
       collections = ARRAY(
         SELECT DISTINCT name FROM unnest(known.collections || excluded.collections) AS name ORDER BY name LIMIT ${COLLECTION_LIMIT}
       )`,
    [
      row.cause_id,
      row.proposal_count,
      row.is_everyone ? 0 : cause.accountCount - cause.earlierAccountCount,
      row.is_everyone ? audience.accountCount : 0,
      row.scope.kind === 'account' ? 1 : 0,
      collections,
    ],
  )
  await noteAccounts(sql, row, nowMs)
  if (judgement.state === 'rejected' || judgement.predicted.length === 0) return
  // The bound is Number.MAX_SAFE_INTEGER: each signal's bytes are below it, their sum need not be.
  await sql.query(
    `INSERT INTO tidegate_ledger.cause_resource AS known
     SELECT $1, "resourceId", "payloadBytes"
     FROM jsonb_to_recordset($2::text::jsonb) AS predicted("resourceId" text, "payloadBytes" bigint) ORDER BY 2
     ON CONFLICT (cause_id, resource_id) DO UPDATE SET
       predicted_bytes = least(known.predicted_bytes::numeric + excluded.predicted_bytes, 9007199254740991)::bigint`,
    [row.cause_id, JSON.stringify(judgement.predicted)],
  )
}

/**
 * Proposals that were refused before they were judged count too, or a cause could propose what it declared again and again.
 *
 * @param column which waiting signals: those of a cause, or one
 */
export async function noteRefused(sql: Sql, column: 'cause_id' | 'signal_id', id: string): Promise<void> {
  await sql.query(
    `INSERT INTO tidegate_ledger.cause_emitted AS known (cause_id, proposal_count)
     SELECT cause_id, sum(proposal_count)::bigint FROM tidegate_ledger.signal
     WHERE state = 'waiting' AND malformed_because IS NULL AND ${column} = $1 GROUP BY cause_id
     ON CONFLICT (cause_id) DO UPDATE SET proposal_count = known.proposal_count + excluded.proposal_count`,
    [id],
  )
}

async function noteAccounts(sql: Sql, row: WaitingRow, nowMs: number): Promise<void> {
  if (row.is_everyone) return
  await sql.query(
    `WITH own AS (SELECT named_audience_count AS account_count FROM tidegate_ledger.signal WHERE signal_no = $2), large AS (
       INSERT INTO tidegate_ledger.cause_large_signal
       SELECT $1, $2, account_count, $3 FROM own WHERE account_count > ${LARGE_ACCOUNT_COUNT}
     )
     INSERT INTO tidegate_ledger.cause_account AS known
     SELECT $1, account_id, $3 FROM tidegate_ledger.signal_account
     WHERE signal_no = $2 AND (SELECT account_count FROM own) <= ${LARGE_ACCOUNT_COUNT} ORDER BY account_id
     ON CONFLICT (cause_id, account_id) DO UPDATE SET named_at_ms = greatest(known.named_at_ms, excluded.named_at_ms)`,
    [row.cause_id, row.signal_no, nowMs],
  )
}
