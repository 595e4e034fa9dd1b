import path from 'node:path'
import { openPglite } from '@tidegate/guard/pglite'
import type { SqlDatabase } from '@tidegate/guard/sql'

/** Opens the database of a server that is not running: nobody else may, while it is. */
export async function withDatabase<Result>(
  dataDir: string,
  work: (database: SqlDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openPglite(path.join(dataDir, 'database'))
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** An item as it lies on disk. */
export interface MailboxRow {
  readonly revision: number
  readonly contentHash: string
}

/** Every item of both collections of every account, by collection, account and item. */
export async function readMailboxRows(database: SqlDatabase): Promise<ReadonlyMap<string, MailboxRow>> {
  const rows = await database.query<MailboxRow & { place: string }>(
    `SELECT 'message/' || account_id || '/' || item_id AS place, revision, content_hash AS "contentHash" FROM mailbox.message
     UNION ALL
     SELECT 'body/' || account_id || '/' || item_id, revision, content_hash FROM mailbox.body`,
  )
  return new Map(rows.map(({ place, revision, contentHash }) => [place, { revision, contentHash }]))
}

/** Which resource each account lives on, as the mailbox says. */
export async function readResourceOf(database: SqlDatabase): Promise<ReadonlyMap<string, string>> {
  const rows = await database.query<{ account: string; resource: string }>(
    'SELECT account_id AS account, resource_id AS resource FROM mailbox.account',
  )
  return new Map(rows.map(({ account, resource }) => [account, resource]))
}

/** How many of the accounts live on each resource, over all resources. */
export function countByResource(
  accountIds: Iterable<string>,
  resourceOf: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  const counts = new Map([...new Set(resourceOf.values())].sort().map((resource) => [resource, 0]))
  for (const accountId of accountIds) {
    const resource = resourceOf.get(accountId) ?? 'nowhere'
    counts.set(resource, (counts.get(resource) ?? 0) + 1)
  }
  return counts
}

/** An item as clients store it, from disk. */
export interface PayloadRow {
  readonly ordinal: number
  readonly contentHash: string
  readonly payload: unknown
}

/** Everything an account's clients should hold, by collection and item. */
export async function readPayloadRows(
  database: SqlDatabase,
  accountId: string,
): Promise<Readonly<Record<'messages' | 'bodies', ReadonlyMap<string, PayloadRow>>>> {
  const read = async (table: string) => {
    const rows = await database.query<PayloadRow & { id: string }>(
      `SELECT item_id AS id, ordinal, content_hash AS "contentHash", payload FROM mailbox.${table} WHERE account_id = $1`,
      [accountId],
    )
    return new Map(rows.map(({ id, ordinal, contentHash, payload }) => [id, { ordinal, contentHash, payload }]))
  }
  return { messages: await read('message'), bodies: await read('body') }
}
