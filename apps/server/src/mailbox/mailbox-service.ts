import type { Sql, SqlDatabase } from '@tidegate/guard/sql'
import { type AccountId, Denied, ItemId } from '@tidegate/protocol'
import { appendMessages, replaceMessage } from './append-messages.ts'
import { DRAFTS, type NewMessage, STANDARD_FOLDERS } from './message.ts'

export interface FolderSummary {
  readonly folder: string
  readonly messageCount: number
  readonly unseenCount: number
}

/** Flags to set or clear; an absent one stays as it is. */
export interface FlagChanges {
  readonly seen?: boolean | undefined
  readonly flagged?: boolean | undefined
  readonly answered?: boolean | undefined
}

/** A draft or a mail to send, as the page wrote it. */
export interface Writing {
  /** The client's own key: the same one twice is one write. */
  readonly writeId: string
  /** The draft that this is a later state of; null for a new mail. */
  readonly draftId: string | null
  readonly message: NewMessage
}

/** What the pages do to a mailbox. Every call is one transaction; ids that are not in the account's mailbox are left out. */
export interface MailboxService {
  folders(accountId: AccountId): Promise<FolderSummary[]>
  /** A mail arrives, or is filed. */
  append(accountId: AccountId, message: NewMessage): Promise<ItemId>
  /** @returns how many messages there were to change */
  setFlags(accountId: AccountId, ids: readonly string[], flags: FlagChanges): Promise<number>
  move(accountId: AccountId, ids: readonly string[], folder: string): Promise<number>
  /** Deletes for good, bodies included. */
  delete(accountId: AccountId, ids: readonly string[]): Promise<number>
  /**
   * Files a draft, or a mail that was sent, in the folder its message names; a draft keeps its id while it is written on
   * and when it is sent.
   * @throws Denied `conflict` when the draft is none any more: it was deleted, or sent from elsewhere
   */
  write(accountId: AccountId, writing: Writing): Promise<ItemId>
}

export function createMailboxService(database: SqlDatabase): MailboxService {
  return {
    async folders(accountId) {
      const rows = await database.query<FolderSummary>(
        `SELECT folder, count(*) AS "messageCount", count(*) FILTER (WHERE NOT seen) AS "unseenCount"
         FROM mailbox.message WHERE account_id = $1 GROUP BY folder ORDER BY folder`,
        [accountId],
      )
      const isStandard = (folder: string) => (STANDARD_FOLDERS as readonly string[]).includes(folder)
      const standard = STANDARD_FOLDERS.map(
        (folder) => rows.find((row) => row.folder === folder) ?? { folder, messageCount: 0, unseenCount: 0 },
      )
      return [...standard, ...rows.filter((row) => !isStandard(row.folder))]
    },

    append: (accountId, message) =>
      database.transaction(async (sql) => onlyOne(await appendMessages(sql, accountId, [message]))),

    setFlags: (accountId, ids, flags) =>
      countChanged(
        database,
        `UPDATE mailbox.message
         SET seen = coalesce($3, seen), flagged = coalesce($4, flagged), answered = coalesce($5, answered)
         WHERE account_id = $1 AND item_id = ANY ($2::uuid[])`,
        [accountId, ids, flags.seen ?? null, flags.flagged ?? null, flags.answered ?? null],
      ),

    move: (accountId, ids, folder) =>
      countChanged(
        database,
        'UPDATE mailbox.message SET folder = $3 WHERE account_id = $1 AND item_id = ANY ($2::uuid[])',
        [accountId, ids, folder],
      ),

    delete: (accountId, ids) => database.transaction((sql) => deleteMessages(sql, accountId, ids)),

    write: (accountId, { writeId, draftId, message }) =>
      database.transaction(async (sql) => {
        const [earlier] = await sql.query<{ itemId: string }>(
          `SELECT item_id AS "itemId" FROM mailbox.applied_write WHERE account_id = $1 AND write_id = $2`,
          [accountId, writeId],
        )
        if (earlier) return ItemId.parse(earlier.itemId)
        const itemId =
          draftId === null
            ? onlyOne(await appendMessages(sql, accountId, [message]))
            : await replaceDraft(sql, accountId, draftId, message)
        await sql.query('INSERT INTO mailbox.applied_write (account_id, write_id, item_id) VALUES ($1, $2, $3)', [
          accountId,
          writeId,
          itemId,
        ])
        return itemId
      }),
  }
}

async function replaceDraft(sql: Sql, accountId: AccountId, draftId: string, message: NewMessage): Promise<ItemId> {
  if (await replaceMessage(sql, accountId, message, { itemId: draftId, inFolder: DRAFTS })) return ItemId.parse(draftId)
  throw new Denied({
    kind: 'conflict',
    message: `Cannot write on draft ${draftId}: it was deleted, or is sent already`,
  })
}

async function deleteMessages(sql: Sql, accountId: AccountId, ids: readonly string[]): Promise<number> {
  const gone = await sql.query<{ bodyId: string }>(
    `DELETE FROM mailbox.message WHERE account_id = $1 AND item_id = ANY ($2::uuid[]) RETURNING body_id AS "bodyId"`,
    [accountId, ids],
  )
  if (gone.length > 0) {
    await sql.query('DELETE FROM mailbox.body WHERE account_id = $1 AND item_id = ANY ($2::uuid[])', [
      accountId,
      gone.map((row) => row.bodyId),
    ])
  }
  return gone.length
}

async function countChanged(sql: Sql, statement: string, parameters: readonly unknown[]): Promise<number> {
  return (await sql.query(`${statement} RETURNING item_id`, parameters)).length
}

function onlyOne(ids: readonly ItemId[]): ItemId {
  const [id] = ids
  if (id === undefined) throw new Error('Cannot append the message: no id was minted')
  return id
}
