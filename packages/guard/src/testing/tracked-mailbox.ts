import type { AccountId } from '@tidegate/protocol'
import type { SourceWrite } from '../memory-source.ts'
import type { SourceUnderTest } from '../source-contract.ts'
import type { Sql, SqlDatabase } from '../sql.ts'
import { sqlCollectionSource } from '../track/sql-collection-source.ts'
import { track } from '../track/track.ts'
import type { TrackOptions } from '../track/track-options.ts'

/** A team's table as `track` meets it: a schema, names and a payload of the team's own. */
export const MAILBOX_SQL = `
  create schema mailbox;
  create table mailbox.message (
    account_id text not null,
    message_id text not null,
    uid int8 not null,
    mod_seq int8 not null,
    content_hash text not null,
    payload jsonb,
    size_bytes int8 not null,
    primary key (account_id, message_id),
    unique (account_id, uid)
  )`

export const MAILBOX_TRACK: TrackOptions = {
  table: 'mailbox.message',
  collection: 'messages',
  columns: {
    accountId: 'account_id',
    itemId: 'message_id',
    ordinal: 'uid',
    revision: 'mod_seq',
    contentHash: 'content_hash',
    payload: 'payload',
    payloadBytes: 'size_bytes',
  },
}

/** The mailbox under `track`, as the source contract takes it. */
export async function trackedMailbox(db: SqlDatabase): Promise<SourceUnderTest> {
  await db.script(MAILBOX_SQL)
  await track(db, MAILBOX_TRACK)
  return {
    source: await sqlCollectionSource(db),
    write: (accountId, writes) =>
      db.transaction(async (sql) => {
        for (const write of writes) await writeMessage(sql, accountId, write)
      }),
    close: () => db.close(),
  }
}

export async function writeMessage(sql: Sql, accountId: AccountId, write: SourceWrite): Promise<void> {
  if (write.kind === 'delete') {
    await sql.query('delete from mailbox.message where account_id = $1 and message_id = $2', [accountId, write.id])
    return
  }
  const { id, ordinal, revision, contentHash, payloadBytes, payload } = write.item
  await sql.query(
    `insert into mailbox.message (account_id, message_id, uid, mod_seq, content_hash, payload, size_bytes)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7)
     on conflict (account_id, message_id) do update set uid = excluded.uid, mod_seq = excluded.mod_seq,
       content_hash = excluded.content_hash, payload = excluded.payload, size_bytes = excluded.size_bytes`,
    [accountId, id, ordinal, revision, contentHash, JSON.stringify(payload), payloadBytes],
  )
}
