/** A small application whose own trigger proposes when a folder changes, as teams do it; two accounts, and an empty table. */
export const MAILBOX_SCHEMA = `
SELECT pg_catalog.set_config('search_path', '', false); -- as pg_dump does it
CREATE SCHEMA mailbox;
CREATE TABLE mailbox.account (account_id text PRIMARY KEY);
CREATE TABLE mailbox.message (
  account_id text REFERENCES mailbox.account, item_id int, folder text, PRIMARY KEY (account_id, item_id)
);
CREATE TABLE mailbox.note (account_id text, body text);
INSERT INTO mailbox.account SELECT 'account-' || n FROM generate_series(1, 2) AS n;
INSERT INTO mailbox.message SELECT account_id, 1, 'Inbox' FROM mailbox.account;

CREATE FUNCTION mailbox.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tidegate.propose(cause => 'folders', account => NEW.account_id, collections => ARRAY['messages'],
    reason => 'A folder was renamed', expires_in => interval '7 days');
  RETURN NEW;
END
$$;
CREATE TRIGGER tell AFTER UPDATE ON mailbox.message FOR EACH ROW EXECUTE FUNCTION mailbox.tell();
CREATE TRIGGER tell AFTER UPDATE ON mailbox.note FOR EACH ROW EXECUTE FUNCTION mailbox.tell();
`

/** Five thousand accounts on four shards, for what only shows at size. */
export const FIVE_THOUSAND_ACCOUNTS = `
CREATE SCHEMA mailbox;
CREATE TABLE mailbox.account (account_id text PRIMARY KEY, resource_id text NOT NULL);
INSERT INTO mailbox.account SELECT 'account-' || n, 'shard-' || n % 4 FROM generate_series(1, 5000) AS n;
`
