import { AccountId } from '@tidegate/protocol'

export const MESSAGES_PER_ACCOUNT = 12

export function accountOf(number: number): AccountId {
  return AccountId.parse(`account-${number}`)
}

/** Light messages and heavy bodies of so many accounts, as a mail provider might keep them: the hash and the size follow the payload. */
export function mailboxSql(accountCount: number, bodyBytes: number): string {
  const items = `(
    account_id text NOT NULL,
    item_id text NOT NULL,
    ordinal bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    payload jsonb NOT NULL,
    content_hash text NOT NULL GENERATED ALWAYS AS (md5(payload::text)) STORED,
    payload_bytes int NOT NULL GENERATED ALWAYS AS (octet_length(payload::text)) STORED,
    PRIMARY KEY (account_id, item_id),
    UNIQUE (account_id, ordinal)
  )`
  const rows = (payload: string) => `
    SELECT 'account-' || account, 'item-' || n, n, ${payload}
    FROM generate_series(1, ${accountCount}) AS account, generate_series(1, ${MESSAGES_PER_ACCOUNT}) AS n`
  return `
    CREATE SCHEMA mailbox;
    CREATE TABLE mailbox.account (account_id text PRIMARY KEY);
    CREATE TABLE mailbox.message ${items};
    CREATE TABLE mailbox.body ${items};
    INSERT INTO mailbox.account SELECT 'account-' || n FROM generate_series(1, ${accountCount}) AS n;
    INSERT INTO mailbox.message (account_id, item_id, ordinal, payload) ${rows(`jsonb_build_object('folder', 'Inbox', 'subject', 'Mail ' || n)`)};
    INSERT INTO mailbox.body (account_id, item_id, ordinal, payload) ${rows(`jsonb_build_object('text', repeat('x', ${bodyBytes} + n))`)};`
}
