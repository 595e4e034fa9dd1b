/**
 * The mailbox's tables, as a mail provider might keep them; safe to run at every start.
 *
 * `payload`, `content_hash` and `payload_bytes` are generated columns: they follow every change of what clients store and
 * no migration can forget them, switch them off, or move them without such a change. The revision is not part of them.
 * The two functions under them are declared immutable although `jsonb_build_object` and `convert_to` are `stable`: over
 * text, numbers and booleans in a UTF-8 database their result depends on nothing else.
 */
export const MAILBOX_SCHEMA = `
CREATE SCHEMA IF NOT EXISTS mailbox;

CREATE TABLE IF NOT EXISTS mailbox.account (
  account_id   text PRIMARY KEY,
  resource_id  text NOT NULL,
  display_name text NOT NULL,
  address      text NOT NULL
);

-- The last ordinal given per account and collection. Its row lock puts writers of one collection in order; it never goes
-- back, so an ordinal is never given twice, whatever was deleted.
CREATE TABLE IF NOT EXISTS mailbox.ordinal_counter (
  account_id   text NOT NULL REFERENCES mailbox.account,
  collection   text NOT NULL,
  last_ordinal bigint NOT NULL,
  PRIMARY KEY (account_id, collection)
);

-- Takes how_many ordinals and returns the first of them.
CREATE OR REPLACE FUNCTION mailbox.take_ordinals(account text, collection_name text, how_many bigint) RETURNS bigint
LANGUAGE sql AS $$
  INSERT INTO mailbox.ordinal_counter AS counter (account_id, collection, last_ordinal)
  VALUES (account, collection_name, how_many)
  ON CONFLICT (account_id, collection) DO UPDATE SET last_ordinal = counter.last_ordinal + how_many
  RETURNING last_ordinal - how_many + 1
$$;

-- jsonb's own text is canonical: keys in a fixed order, each once, numbers in one spelling.
CREATE OR REPLACE FUNCTION mailbox.content_hash(payload jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to(payload::text, 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION mailbox.message_payload(
  body_id uuid, folder text, seen boolean, flagged boolean, answered boolean, sender jsonb, recipients jsonb, copies jsonb,
  subject text, received_at_ms bigint, snippet text, size_bytes bigint, attachment_count int, message_id text
) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object(
    'bodyId', body_id, 'folder', folder, 'seen', seen, 'flagged', flagged, 'answered', answered,
    'from', sender, 'to', recipients, 'cc', copies, 'subject', subject, 'receivedAtMs', received_at_ms,
    'snippet', snippet, 'sizeBytes', size_bytes, 'attachmentCount', attachment_count, 'messageId', message_id)
$$;

CREATE TABLE IF NOT EXISTS mailbox.message (
  account_id       text NOT NULL REFERENCES mailbox.account,
  item_id          uuid NOT NULL DEFAULT gen_random_uuid(),
  ordinal          bigint NOT NULL,
  revision         bigint NOT NULL DEFAULT 1,
  body_id          uuid NOT NULL,
  folder           text NOT NULL,
  seen             boolean NOT NULL DEFAULT false,
  flagged          boolean NOT NULL DEFAULT false,
  answered         boolean NOT NULL DEFAULT false,
  sender           jsonb,
  recipients       jsonb NOT NULL DEFAULT '[]',
  copies           jsonb NOT NULL DEFAULT '[]',
  subject          text NOT NULL,
  received_at_ms   bigint NOT NULL,
  snippet          text NOT NULL,
  size_bytes       bigint NOT NULL,
  attachment_count int NOT NULL DEFAULT 0,
  message_id       text,
  payload jsonb NOT NULL GENERATED ALWAYS AS (mailbox.message_payload(body_id, folder, seen, flagged, answered, sender,
    recipients, copies, subject, received_at_ms, snippet, size_bytes, attachment_count, message_id)) STORED,
  content_hash text NOT NULL GENERATED ALWAYS AS (mailbox.content_hash(mailbox.message_payload(body_id, folder, seen,
    flagged, answered, sender, recipients, copies, subject, received_at_ms, snippet, size_bytes, attachment_count,
    message_id))) STORED,
  payload_bytes bigint NOT NULL GENERATED ALWAYS AS (octet_length(mailbox.message_payload(body_id, folder, seen, flagged,
    answered, sender, recipients, copies, subject, received_at_ms, snippet, size_bytes, attachment_count,
    message_id)::text)) STORED,
  PRIMARY KEY (account_id, item_id),
  UNIQUE (account_id, ordinal)
);

CREATE TABLE IF NOT EXISTS mailbox.body (
  account_id    text NOT NULL REFERENCES mailbox.account,
  item_id       uuid NOT NULL DEFAULT gen_random_uuid(),
  ordinal       bigint NOT NULL,
  revision      bigint NOT NULL DEFAULT 1,
  payload       jsonb NOT NULL,
  content_hash  text NOT NULL GENERATED ALWAYS AS (mailbox.content_hash(payload)) STORED,
  payload_bytes bigint NOT NULL GENERATED ALWAYS AS (octet_length(payload::text)) STORED,
  PRIMARY KEY (account_id, item_id),
  UNIQUE (account_id, ordinal)
);

-- Every update raises the revision, whatever it changed; identity and place of an item are for ever.
CREATE OR REPLACE FUNCTION mailbox.raise_revision() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.account_id, NEW.item_id, NEW.ordinal) IS DISTINCT FROM (OLD.account_id, OLD.item_id, OLD.ordinal) THEN
    RAISE EXCEPTION 'Cannot change account_id, item_id or ordinal of an item of mailbox.%: they are given once', TG_TABLE_NAME;
  END IF;
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER raise_revision BEFORE UPDATE ON mailbox.message
  FOR EACH ROW EXECUTE FUNCTION mailbox.raise_revision();
CREATE OR REPLACE TRIGGER raise_revision BEFORE UPDATE ON mailbox.body
  FOR EACH ROW EXECUTE FUNCTION mailbox.raise_revision();

-- What an import brought in, so that a repeated or interrupted one adds each mail once and a mail that was deleted since
-- does not come back.
CREATE TABLE IF NOT EXISTS mailbox.imported (
  account_id text NOT NULL REFERENCES mailbox.account,
  import_key text NOT NULL,
  PRIMARY KEY (account_id, import_key)
);

-- Writes that carry a key of the client's choosing, so that one that is repeated after a lost answer happens once.
CREATE TABLE IF NOT EXISTS mailbox.applied_write (
  account_id text NOT NULL REFERENCES mailbox.account,
  write_id   text NOT NULL,
  item_id    uuid NOT NULL,
  PRIMARY KEY (account_id, write_id)
);
`
