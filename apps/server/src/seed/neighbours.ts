import type { Ledger } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { AccountId, AppVersion, ClientClass, ClientId } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import { drawLogNormal, type LogNormal, pick } from './chance.ts'

/** Messages of each neighbour: few, so that thousands of accounts are made in seconds; some, so that a migration has rows to touch. */
const MESSAGES_PER_NEIGHBOUR = 3
/** Accounts per transaction. Each is all or nothing, so a start that was killed goes on where it was. */
const CHUNK_ACCOUNTS = 1_000

/**
 * What neighbours use, and what it caches, in bytes. An assumption: shares as of a provider with a web client first, and
 * caches log-normal because mailboxes are. The cap keeps a canary credit meaningful: a resource's byte credit is 0.1 %
 * of an hour of its capacity, 180 MB at 50 MB/s, and five accounts of the largest size fit into it.
 */
export const CLIENT_MIX = [
  { clientClass: 'web', share: 0.45, cachedBytes: { median: 1_500_000, sigma: 0.9, cap: 30_000_000 } },
  { clientClass: 'mobile', share: 0.35, cachedBytes: { median: 3_000_000, sigma: 0.9, cap: 30_000_000 } },
  { clientClass: 'desktop', share: 0.12, cachedBytes: { median: 8_000_000, sigma: 0.9, cap: 30_000_000 } },
  { clientClass: 'bridge', share: 0.08, cachedBytes: { median: 16_000_000, sigma: 0.9, cap: 30_000_000 } },
] as const satisfies readonly { clientClass: string; share: number; cachedBytes: LogNormal }[]

type Sightings = Parameters<Ledger['recordSightings']>[0]

const APP_VERSIONS = ['4.9.12', '5.0.1', '5.0.3', '5.1.0'] as const

export function neighbourAccountId(place: number): string {
  return `neighbour-${String(place).padStart(5, '0')}`
}

/**
 * Makes the neighbours `neighbour-00001` … that are not there yet, spread evenly over the resources `shard-1` …, each
 * with a few small mails. One that is there is left alone, and none is taken away.
 */
export async function ensureNeighbours(
  database: SqlDatabase,
  options: { readonly accountCount: number; readonly resourceCount: number; readonly newestAtMs: number },
): Promise<void> {
  for (let from = 1; from <= options.accountCount; from += CHUNK_ACCOUNTS) {
    const to = Math.min(from + CHUNK_ACCOUNTS - 1, options.accountCount)
    await database.query(MAKE_NEIGHBOURS, [from, to, options.resourceCount, MESSAGES_PER_NEIGHBOUR, options.newestAtMs])
  }
}

// One statement, so one transaction. Ordinals are given by hand where nobody can race: the accounts are new.
const MAKE_NEIGHBOURS = `
WITH made AS (
  INSERT INTO mailbox.account (account_id, resource_id, display_name, address)
  SELECT 'neighbour-' || lpad(n::text, 5, '0'), 'shard-' || (n - 1) % $3::int + 1, 'Neighbour ' || n,
    'neighbour-' || n || '@harbor.example'
  FROM generate_series($1::int, $2::int) AS n
  ON CONFLICT DO NOTHING
  RETURNING account_id
), mail AS (
  SELECT account_id, ordinal, gen_random_uuid() AS body_id,
    'Note ' || ordinal || ' for ' || account_id AS subject,
    repeat('The boat leaves at ' || 8 + ordinal || ', and the weather is said to hold. ', 4) AS text
  FROM made, generate_series(1, $4::int) AS ordinal
), counted AS (
  INSERT INTO mailbox.ordinal_counter (account_id, collection, last_ordinal)
  SELECT account_id, collection, $4::int FROM made, unnest(ARRAY['messages', 'bodies']) AS collection
), bodies AS (
  INSERT INTO mailbox.body (account_id, item_id, ordinal, payload)
  SELECT account_id, body_id, ordinal, jsonb_build_object('text', text, 'html', NULL, 'attachments', '[]'::jsonb) FROM mail
)
INSERT INTO mailbox.message (account_id, ordinal, body_id, folder, sender, subject, received_at_ms, snippet, size_bytes)
SELECT account_id, ordinal, body_id, 'Inbox', '{"name": "Harbor office", "address": "office@harbor.example"}', subject,
  $5::bigint - ordinal * 86400000, left(text, 100), 900 + length(text)
FROM mail`

/** The neighbours' clients as a registry knows them: one each, the same at every start. */
export function neighbourSightings(accountCount: number): Sightings {
  const random = pretendRandom(7)
  return Array.from({ length: accountCount }, (_, at) => {
    const accountId = AccountId.parse(neighbourAccountId(at + 1))
    const { clientClass, cachedBytes } = classAt(random())
    return {
      accountId,
      client: {
        clientId: ClientId.parse(`${accountId}-${clientClass}`),
        clientClass: ClientClass.parse(clientClass),
        appVersion: AppVersion.parse(pick(random, APP_VERSIONS)),
      },
      cachedBytes: drawLogNormal(random, cachedBytes),
    }
  })
}

function classAt(chance: number): (typeof CLIENT_MIX)[number] {
  let below = 0
  for (const entry of CLIENT_MIX) {
    below += entry.share
    if (chance < below) return entry
  }
  return CLIENT_MIX[0] // shares add up to 1 but for rounding
}
