import {
  type AccountId,
  AppVersion,
  type Audience,
  admitsClient,
  ClientClass,
  ClientId,
  type ResourceId,
} from '@tidegate/protocol'
import type { Sighting } from '../core/ledger.ts'
import type { LedgerSettings } from '../core/ledger-settings.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'

const DAY_MS = 86_400_000

export async function recordSightings(
  context: LedgerContext,
  sightings: readonly Sighting[],
  nowMs: number,
): Promise<void> {
  await writeSightings(context.database, context, sightings, nowMs)
}

/**
 * Writes down clients that were seen. A client is written again only when a day has passed, when its class, version or
 * resource changed, or when what it holds moved by more than a quarter: the registry predicts, it does not account. Of a
 * client that never said what it holds a bad case is assumed, as of an account without clients. One whose account the host
 * cannot place is left out.
 * In key order, because two batches in opposite orders would wait for each other.
 */
export async function writeSightings(
  sql: Sql,
  context: LedgerContext,
  sightings: readonly Sighting[],
  nowMs: number,
): Promise<void> {
  const rows = sightings.flatMap(({ accountId, client, cachedBytes }) => {
    const resourceId = placeOf(context, accountId)
    return resourceId === null ? [] : [{ ...client, accountId, cachedBytes, resourceId }]
  })
  if (rows.length === 0) return
  await sql.query(
    `INSERT INTO tidegate_ledger.client AS known
       (account_id, client_id, client_class, app_version, resource_id, cached_bytes, seen_at_ms)
     SELECT DISTINCT ON (1, 2) row->>'accountId', row->>'clientId', row->>'clientClass', row->>'appVersion',
       row->>'resourceId', coalesce((row->>'cachedBytes')::bigint, (
         SELECT cached_bytes FROM tidegate_ledger.client
         WHERE account_id = row->>'accountId' AND client_id = row->>'clientId'
       ), $4::bigint), $2::bigint
     FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS rows(row, place)
     ORDER BY 1, 2, place DESC
     ON CONFLICT (account_id, client_id) DO UPDATE SET
       client_class = excluded.client_class, app_version = excluded.app_version, resource_id = excluded.resource_id,
       cached_bytes = excluded.cached_bytes, seen_at_ms = greatest(known.seen_at_ms, excluded.seen_at_ms)
     WHERE known.seen_at_ms <= excluded.seen_at_ms - $3::bigint
       OR (known.client_class, known.app_version, known.resource_id)
         IS DISTINCT FROM (excluded.client_class, excluded.app_version, excluded.resource_id)
       OR abs(excluded.cached_bytes - known.cached_bytes) * 4 > known.cached_bytes`,
    [JSON.stringify(rows), nowMs, DAY_MS, context.settings.unknownAccountBytes],
  )
}

/** Null where the host cannot place an account: its own calls tell why, and those written down with it must not wait for it. */
function placeOf({ resources }: LedgerContext, accountId: AccountId): ResourceId | null {
  try {
    return resources.resourceOf(accountId)
  } catch {
    return null
  }
}

export async function countActiveAccounts(sql: Sql, nowMs: number, settings: LedgerSettings): Promise<number> {
  const [row] = await sql.query<{ account_count: number }>(
    'SELECT count(DISTINCT account_id) AS account_count FROM tidegate_ledger.client WHERE seen_at_ms > $1',
    [nowMs - settings.activeForMs],
  )
  return row?.account_count ?? 0
}

/**
 * The kinds of active clients that a filter lets in, as `<class> <version>`; null when it lets in all. There are few
 * kinds and many clients, so the one place that compares versions stays in the protocol and SQL only compares text.
 */
export async function admittedKinds(
  sql: Sql,
  filter: Pick<Audience, 'clientClasses' | 'appVersions'>,
  activeAfterMs: number,
): Promise<string[] | null> {
  if (!filter.clientClasses && !filter.appVersions) return null
  const kinds = await sql.query<{ client_class: string; app_version: string }>(
    'SELECT DISTINCT client_class, app_version FROM tidegate_ledger.client WHERE seen_at_ms > $1',
    [activeAfterMs],
  )
  const anyone = ClientId.parse('any')
  return kinds
    .filter((kind) =>
      admitsClient(filter, {
        clientId: anyone,
        clientClass: ClientClass.parse(kind.client_class),
        appVersion: AppVersion.parse(kind.app_version),
      }),
    )
    .map((kind) => `${kind.client_class} ${kind.app_version}`)
}
