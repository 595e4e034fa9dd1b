import { createHash } from 'node:crypto'
import type { SqlDatabase } from '@tidegate/guard/sql'
import type { AccountId } from '@tidegate/protocol'
import { appendMessages } from '../mailbox/append-messages.ts'
import type { NewMessage } from '../mailbox/message.ts'
import { parseMessage } from './parse-message.ts'
import type { RawMessage, UnreadableMessage } from './raw-message.ts'

export interface ImportSummary {
  readonly importedCount: number
  /** Brought in by an earlier, perhaps interrupted, import. */
  readonly knownCount: number
  /** Mails whose U+0000 characters were left out. */
  readonly lostNulCount: number
  readonly unreadable: readonly UnreadableMessage[]
}

// A batch is one transaction and two statements: large enough that 600 mails take a few, small enough for memory.
const BATCH_MESSAGES = 100
const BATCH_BYTES = 8_000_000

interface Keyed {
  readonly raw: RawMessage
  readonly importKey: string
}

/**
 * Brings mails into an account's mailbox, each once: a mail's key is the hash of its bytes and which copy of them it is,
 * and keys are written with the mails in one transaction per batch. So an import that was killed goes on where it was,
 * and importing again adds only what is new.
 *
 * @param onProgress called after each batch that is durable, with the number of mails that are in the mailbox by now
 */
export async function importMailbox(
  database: SqlDatabase,
  accountId: AccountId,
  mails: AsyncIterable<RawMessage | UnreadableMessage>,
  onProgress: (doneCount: number) => void = () => undefined,
): Promise<ImportSummary> {
  const copies = new Map<string, number>()
  const unreadable: UnreadableMessage[] = []
  const counts = { importedCount: 0, knownCount: 0, lostNulCount: 0 }
  let batch: Keyed[] = []
  let batchBytes = 0

  const flush = async () => {
    const keyed = batch
    batch = []
    batchBytes = 0
    const known = await knownImportKeys(
      database,
      accountId,
      keyed.map((each) => each.importKey),
    )
    counts.knownCount += known.size
    const importKeys: string[] = []
    const messages: NewMessage[] = []
    for (const { raw, importKey } of keyed.filter((each) => !known.has(each.importKey))) {
      const parsed = await parseMessage(raw)
      if (parsed.kind === 'unreadable') {
        unreadable.push({ kind: 'unreadable', name: raw.name, reason: parsed.reason })
        continue
      }
      if (parsed.lostNul) counts.lostNulCount += 1
      importKeys.push(importKey)
      messages.push(parsed.message)
    }
    await appendKeyed(database, accountId, { importKeys, messages })
    counts.importedCount += messages.length
    onProgress(counts.importedCount + counts.knownCount)
  }

  for await (const mail of mails) {
    if (mail.kind === 'unreadable') {
      unreadable.push(mail)
      continue
    }
    const hash = createHash('sha256').update(mail.bytes).digest('base64url')
    const copy = (copies.get(hash) ?? 0) + 1
    copies.set(hash, copy)
    batch.push({ raw: mail, importKey: `${hash}:${copy}` })
    batchBytes += mail.bytes.length
    if (batch.length >= BATCH_MESSAGES || batchBytes >= BATCH_BYTES) await flush()
  }
  await flush()
  return { ...counts, unreadable }
}

/** Appends messages and remembers what they came in by, in one transaction. The keys must be new. */
export async function appendKeyed(
  database: SqlDatabase,
  accountId: AccountId,
  { importKeys, messages }: { readonly importKeys: readonly string[]; readonly messages: readonly NewMessage[] },
): Promise<void> {
  if (messages.length === 0) return
  await database.transaction(async (sql) => {
    await sql.query(
      'INSERT INTO mailbox.imported (account_id, import_key) SELECT $1, key FROM unnest($2::text[]) AS key',
      [accountId, importKeys],
    )
    await appendMessages(sql, accountId, messages)
  })
}

/** @returns those of the keys that an earlier import has brought in */
export async function knownImportKeys(
  database: SqlDatabase,
  accountId: AccountId,
  importKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ importKey: string }>(
    `SELECT import_key AS "importKey" FROM mailbox.imported WHERE account_id = $1 AND import_key = ANY ($2::text[])`,
    [accountId, importKeys],
  )
  return new Set(rows.map((row) => row.importKey))
}
