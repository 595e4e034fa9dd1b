import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { AccountId } from '@tidegate/protocol'
import { resourceIdAt } from './mailbox/account-map.ts'
import type { MailboxAccount } from './mailbox/accounts.ts'

/**
 * Whose mailbox the mail page shows. Each imported path is an account of its own, so that starting with another path, or
 * with none, never mixes two mailboxes.
 */
export function ownerOf(mailboxPath: string | null): MailboxAccount {
  const resourceId = resourceIdAt(1)
  if (mailboxPath === null) {
    return {
      accountId: AccountId.parse('robin'),
      resourceId,
      displayName: 'Robin Seeger',
      address: 'robin.seeger@alpenpost.example',
    }
  }
  const path = realpathSync(mailboxPath)
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 12)
  return {
    accountId: AccountId.parse(`mailbox-${hash}`),
    resourceId,
    displayName: basename(path),
    address: 'me@localhost',
  }
}
