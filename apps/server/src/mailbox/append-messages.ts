import { randomUUID } from 'node:crypto'
import type { Sql } from '@tidegate/guard/sql'
import { type AccountId, ItemId } from '@tidegate/protocol'
import { BODIES, MESSAGES } from './collections.ts'
import type { NewMessage } from './message.ts'

/**
 * Puts messages and their bodies into a mailbox, in the order given, in two statements whatever their number. The caller
 * holds the transaction. Text must be storable, see `storableText`.
 *
 * @returns the minted item ids, in the order given
 */
export async function appendMessages(
  sql: Sql,
  accountId: AccountId,
  messages: readonly NewMessage[],
): Promise<ItemId[]> {
  if (messages.length === 0) return []
  const rows = messages.map((message) => ({ ...message, itemId: randomUUID(), bodyId: randomUUID() }))
  const [bodiesFrom, messagesFrom] = [
    await takeOrdinals(sql, accountId, BODIES, rows.length),
    await takeOrdinals(sql, accountId, MESSAGES, rows.length),
  ]
  await sql.query(
    `INSERT INTO mailbox.body (account_id, item_id, ordinal, payload)
     SELECT $1, (row->>'bodyId')::uuid, $2 + place - 1, row->'body'
     FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS incoming(row, place)`,
    [accountId, bodiesFrom, JSON.stringify(rows.map(({ bodyId, body }) => ({ bodyId, body })))],
  )
  await sql.query(
    `INSERT INTO mailbox.message (account_id, item_id, ordinal, body_id, folder, seen, flagged, answered, sender, recipients,
       copies, subject, received_at_ms, snippet, size_bytes, attachment_count, message_id)
     SELECT $1, "itemId", $2 + place - 1, "bodyId", folder, seen, flagged, answered, nullif("from", 'null'), "to", cc, subject,
       "receivedAtMs", snippet, "sizeBytes", "attachmentCount", "messageId"
     FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS incoming(row, place),
       jsonb_to_record(row) AS message("itemId" uuid, "bodyId" uuid, folder text, seen boolean, flagged boolean,
         answered boolean, "from" jsonb, "to" jsonb, cc jsonb, subject text, "receivedAtMs" bigint, snippet text,
         "sizeBytes" bigint, "attachmentCount" int, "messageId" text)`,
    [accountId, messagesFrom, JSON.stringify(rows.map(({ body, ...message }) => message))],
  )
  return rows.map((row) => ItemId.parse(row.itemId))
}

/**
 * Puts a message in the place of one that exists: same id and ordinal, everything else new, its body included, because
 * bodies never change. The caller holds the transaction.
 *
 * @param options.inFolder where the message must lie
 * @returns false when there is no such message in that folder
 */
export async function replaceMessage(
  sql: Sql,
  accountId: AccountId,
  message: NewMessage,
  options: { readonly itemId: string; readonly inFolder: string },
): Promise<boolean> {
  const [earlier] = await sql.query<{ bodyId: string }>(
    `SELECT body_id AS "bodyId" FROM mailbox.message WHERE account_id = $1 AND item_id = $2 AND folder = $3 FOR UPDATE`,
    [accountId, options.itemId, options.inFolder],
  )
  if (!earlier) return false
  const bodyId = randomUUID()
  await sql.query('INSERT INTO mailbox.body (account_id, item_id, ordinal, payload) VALUES ($1, $2, $3, $4::jsonb)', [
    accountId,
    bodyId,
    await takeOrdinals(sql, accountId, BODIES, 1),
    JSON.stringify(message.body),
  ])
  await sql.query(
    `UPDATE mailbox.message SET (body_id, folder, seen, flagged, answered, sender, recipients, copies, subject,
       received_at_ms, snippet, size_bytes, attachment_count, message_id) = (
       SELECT $3::uuid, folder, seen, flagged, answered, nullif("from", 'null'), "to", cc, subject, "receivedAtMs", snippet,
         "sizeBytes", "attachmentCount", "messageId"
       FROM jsonb_to_record($4::jsonb) AS message(folder text, seen boolean, flagged boolean, answered boolean, "from" jsonb,
         "to" jsonb, cc jsonb, subject text, "receivedAtMs" bigint, snippet text, "sizeBytes" bigint,
         "attachmentCount" int, "messageId" text))
     WHERE account_id = $1 AND item_id = $2`,
    [accountId, options.itemId, bodyId, JSON.stringify(message)],
  )
  await sql.query('DELETE FROM mailbox.body WHERE account_id = $1 AND item_id = $2', [accountId, earlier.bodyId])
  return true
}

async function takeOrdinals(sql: Sql, accountId: AccountId, collection: string, count: number): Promise<number> {
  const [row] = await sql.query<{ first: number }>('SELECT mailbox.take_ordinals($1, $2, $3) AS first', [
    accountId,
    collection,
    count,
  ])
  if (!row) throw new Error(`Cannot take ordinals of ${collection}: the counter gave no row`)
  return row.first
}
