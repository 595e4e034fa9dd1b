import type { Sql } from '@tidegate/guard/sql'
import type { AccountId, ResourceId } from '@tidegate/protocol'

/** Somebody with a mailbox, and the storage shard it lives on. */
export interface MailboxAccount {
  readonly accountId: AccountId
  readonly resourceId: ResourceId
  readonly displayName: string
  readonly address: string
}

/** Adds an account. One that is there keeps its resource: data does not move because a start had other options. */
export async function ensureAccount(sql: Sql, account: MailboxAccount): Promise<void> {
  await sql.query(
    `INSERT INTO mailbox.account (account_id, resource_id, display_name, address) VALUES ($1, $2, $3, $4)
     ON CONFLICT (account_id) DO UPDATE SET display_name = excluded.display_name, address = excluded.address`,
    [account.accountId, account.resourceId, account.displayName, account.address],
  )
}

/** @returns the account, or null when there is none of that id */
export async function findAccount(sql: Sql, accountId: string): Promise<MailboxAccount | null> {
  const [account] = await sql.query<MailboxAccount>(
    `SELECT account_id AS "accountId", resource_id AS "resourceId", display_name AS "displayName", address
     FROM mailbox.account WHERE account_id = $1`,
    [accountId],
  )
  return account ?? null
}
