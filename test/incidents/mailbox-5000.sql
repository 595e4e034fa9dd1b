-- A mail provider's schema, as much of it as a migration touches, with 5,000 accounts: what `tidegate check --schema` is
-- given to run july-2023.sql on.
CREATE SCHEMA mailbox;

CREATE TABLE mailbox.account (
  account_id  text PRIMARY KEY,
  resource_id text NOT NULL
);

CREATE TABLE mailbox.message (
  account_id text NOT NULL REFERENCES mailbox.account,
  item_id    uuid NOT NULL DEFAULT gen_random_uuid(),
  revision   bigint NOT NULL DEFAULT 1,
  folder     text NOT NULL,
  PRIMARY KEY (account_id, item_id)
);

CREATE TABLE mailbox.body (
  account_id text NOT NULL REFERENCES mailbox.account,
  item_id    uuid NOT NULL DEFAULT gen_random_uuid(),
  revision   bigint NOT NULL DEFAULT 1,
  payload    jsonb NOT NULL,
  PRIMARY KEY (account_id, item_id)
);

INSERT INTO mailbox.account SELECT 'account-' || n, 'shard-' || (n % 4 + 1) FROM generate_series(1, 5000) AS n;
INSERT INTO mailbox.message (account_id, folder) SELECT account_id, 'Inbox' FROM mailbox.account;
INSERT INTO mailbox.body (account_id, payload) SELECT account_id, '{"text": "Hello"}' FROM mailbox.account;
