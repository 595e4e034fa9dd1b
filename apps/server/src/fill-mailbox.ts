import type { SqlDatabase } from '@tidegate/guard/sql'
import { appendKeyed, type ImportSummary, importMailbox, knownImportKeys } from './import/import-mailbox.ts'
import type { readMailbox } from './import/read-mailbox.ts'
import { ensureAccount, type MailboxAccount } from './mailbox/accounts.ts'
import { seededMessages } from './seed/seeded-messages.ts'

/** Every seeded mailbox is this one, so that what one person sees another can see too. */
const SEED = 20230725

/**
 * Fills the owner's mailbox: from `mails`, or with the seeded ones when that is null. Safe to do at every start and
 * to be killed at any moment.
 *
 * @returns what an import did; null for the seeded mailbox
 */
export async function fillMailbox(
  database: SqlDatabase,
  options: {
    readonly owner: MailboxAccount
    readonly mails: Awaited<ReturnType<typeof readMailbox>> | null
    readonly nowMs: number
    readonly onProgress: (doneCount: number) => void
  },
): Promise<ImportSummary | null> {
  const { owner, mails, nowMs, onProgress } = options
  await ensureAccount(database, owner)
  if (mails !== null) return importMailbox(database, owner.accountId, mails, onProgress)
  const keys = [`seed:${SEED}`]
  if ((await knownImportKeys(database, owner.accountId, keys)).size > 0) return null
  const messages = seededMessages({
    seed: SEED,
    owner: { name: owner.displayName, address: owner.address },
    newestAtMs: nowMs,
  })
  await appendKeyed(database, owner.accountId, { importKeys: keys, messages })
  return null
}
