/**
 * The tables behind `track`, in the schema `tidegate` of the team's own database. Plain PostgreSQL 15, safe to run again.
 *
 * `track_root` and `track_bucket` are what readers see: both are written only while a transaction commits, by
 * `track_fold`, which holds the account's root. `track_delta` is what a transaction under way will add to them; it is
 * unlogged, because its rows never outlive their transaction. `track_chunk` numbers statements. `track_change` has a
 * row per statement, account and bucket, with the items that changed as arrays: `first_number` is the first one's number
 * within its chunk and account. A change's place in the sequence is not there: it follows from that number and the place
 * the chunk was given at commit, in `track_batch`, so a commit of 100,000 changes writes one row to place them all.
 *
 * Fingerprints are bit(128): `bit_xor` and `#` take it as it is, and one cast from hex makes it, where two bigint lanes
 * take two.
 */
export const TRACK_SCHEMA_SQL = `
SELECT pg_advisory_xact_lock(7233176201); -- the outbox's lock too: both create the schema

CREATE SCHEMA IF NOT EXISTS tidegate;

CREATE TABLE IF NOT EXISTS tidegate.track (
  track_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection text COLLATE "C" NOT NULL UNIQUE,
  table_name text NOT NULL,
  definition jsonb NOT NULL,
  salt_id text NOT NULL,
  salt text NOT NULL,
  start_seq int8 NOT NULL
);

CREATE TABLE IF NOT EXISTS tidegate.track_retired (
  collection text COLLATE "C" PRIMARY KEY,
  last_seq int8 NOT NULL
);
COMMENT ON TABLE tidegate.track_retired IS 'How far the sequences of a collection had come when it was untracked, so that an old cursor is never taken for a new one.';

CREATE TABLE IF NOT EXISTS tidegate.track_root (
  track_id int NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  seq int8 NOT NULL,
  floor_seq int8 NOT NULL,
  item_count int8 NOT NULL,
  payload_bytes int8 NOT NULL,
  fingerprint bit(128) NOT NULL,
  PRIMARY KEY (track_id, account_id)
) WITH (fillfactor = 70);

CREATE TABLE IF NOT EXISTS tidegate.track_bucket (
  track_id int NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  bucket int8 NOT NULL,
  item_count int8 NOT NULL,
  payload_bytes int8 NOT NULL,
  fingerprint bit(128) NOT NULL,
  PRIMARY KEY (track_id, account_id, bucket)
) WITH (fillfactor = 70);

CREATE SEQUENCE IF NOT EXISTS tidegate.track_chunk;

CREATE TABLE IF NOT EXISTS tidegate.track_change (
  chunk_id int8 NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  first_number int8 NOT NULL,
  item_ids text[] COLLATE "C" NOT NULL,
  ordinals int8[] NOT NULL,
  PRIMARY KEY (chunk_id, account_id, first_number),
  -- The wire's bounds. A write beyond them fails here, or its item would be counted and never listed.
  CONSTRAINT ordinal_within_the_wire CHECK (0 <= ALL (ordinals) AND ${Number.MAX_SAFE_INTEGER - 1} >= ALL (ordinals))
) WITH (toast_tuple_target = 8160); -- 64 ids of 36 characters stay in the row: to compress or move them costs more than to write them

CREATE TABLE IF NOT EXISTS tidegate.track_batch (
  track_id int NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  last_seq int8 NOT NULL,
  change_count int8 NOT NULL,
  chunk_id int8 NOT NULL,
  committed_at timestamptz NOT NULL,
  PRIMARY KEY (track_id, account_id, last_seq)
);
CREATE INDEX IF NOT EXISTS track_batch_committed_at ON tidegate.track_batch USING brin (committed_at);

CREATE UNLOGGED TABLE IF NOT EXISTS tidegate.track_delta (
  xact_id xid8 NOT NULL,
  track_id int NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  bucket int8 NOT NULL,
  chunk_id int8 NOT NULL,
  change_count int8 NOT NULL,
  item_count int8 NOT NULL,
  payload_bytes int8 NOT NULL,
  fingerprint bit(128) NOT NULL,
  is_first boolean NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX IF NOT EXISTS track_delta_xact_id ON tidegate.track_delta (xact_id);

-- The first 16 bytes of SHA-256 over netstrings; track_prefix is the part that all items of a collection share.
-- STABLE like convert_to: a function that promises more than what it calls is not inlined.
CREATE OR REPLACE FUNCTION tidegate.track_fingerprint(prefix text, item_id text, content_hash text) RETURNS bit
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
  SELECT ('x' || encode(substring(sha256(convert_to(
    prefix || octet_length(item_id) || ':' || item_id || octet_length(content_hash) || ':' || content_hash, 'UTF8'
  )) FROM 1 FOR 16), 'hex'))::bit(128)
$body$;

CREATE OR REPLACE FUNCTION tidegate.track_prefix(salt text, collection text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT octet_length(salt) || ':' || salt || octet_length(collection) || ':' || collection
$body$;

-- Runs at commit, once for each statement that changed something; the first run does the work of all.
-- Roots are locked in key order, new ones included, so two commits never wait for each other in a circle.
CREATE OR REPLACE FUNCTION tidegate.track_fold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  me constant xid8 := pg_current_xact_id();
  held int := (SELECT count(*) FROM (SELECT FROM tidegate.track_delta WHERE xact_id = me LIMIT 2) AS seen);
  place int8;
BEGIN
  IF held = 0 THEN
    RETURN NULL; -- an earlier statement's run has done it all
  END IF;
  -- A transaction of one delta for an account that is known, as single-row writes are, needs no grouping.
  IF held = 1 THEN
    UPDATE tidegate.track_root SET seq = seq + NEW.change_count, item_count = item_count + NEW.item_count,
      payload_bytes = payload_bytes + NEW.payload_bytes, fingerprint = fingerprint # NEW.fingerprint
    WHERE track_id = NEW.track_id AND account_id = NEW.account_id RETURNING seq INTO place;
    IF FOUND THEN
      UPDATE tidegate.track_bucket SET item_count = item_count + NEW.item_count,
        payload_bytes = payload_bytes + NEW.payload_bytes, fingerprint = fingerprint # NEW.fingerprint
      WHERE track_id = NEW.track_id AND account_id = NEW.account_id AND bucket = NEW.bucket;
      IF NOT FOUND THEN
        INSERT INTO tidegate.track_bucket
        VALUES (NEW.track_id, NEW.account_id, NEW.bucket, NEW.item_count, NEW.payload_bytes, NEW.fingerprint)
        ON CONFLICT (track_id, account_id, bucket) DO UPDATE SET item_count = track_bucket.item_count + excluded.item_count,
          payload_bytes = track_bucket.payload_bytes + excluded.payload_bytes,
          fingerprint = track_bucket.fingerprint # excluded.fingerprint;
      END IF;
      INSERT INTO tidegate.track_batch
      VALUES (NEW.track_id, NEW.account_id, place, NEW.change_count, NEW.chunk_id, clock_timestamp());
      DELETE FROM tidegate.track_delta WHERE xact_id = me;
      RETURN NULL;
    END IF;
  END IF;

  INSERT INTO tidegate.track_root AS root (track_id, account_id, seq, floor_seq, item_count, payload_bytes, fingerprint)
  SELECT track.track_id, added.account_id, track.start_seq + added.change_count, track.start_seq,
    added.item_count, added.payload_bytes, added.fingerprint
  FROM (
    SELECT track_id, account_id, sum(change_count)::int8 AS change_count, sum(item_count)::int8 AS item_count,
      sum(payload_bytes)::int8 AS payload_bytes, bit_xor(fingerprint) AS fingerprint
    FROM tidegate.track_delta WHERE xact_id = me GROUP BY track_id, account_id
  ) AS added JOIN tidegate.track AS track USING (track_id)
  ORDER BY track.track_id, added.account_id
  ON CONFLICT (track_id, account_id) DO UPDATE SET
    seq = root.seq + (excluded.seq - excluded.floor_seq),
    item_count = root.item_count + excluded.item_count,
    payload_bytes = root.payload_bytes + excluded.payload_bytes,
    fingerprint = root.fingerprint # excluded.fingerprint;

  INSERT INTO tidegate.track_bucket AS bucket (track_id, account_id, bucket, item_count, payload_bytes, fingerprint)
  SELECT track_id, account_id, delta.bucket, sum(item_count), sum(payload_bytes), bit_xor(fingerprint)
  FROM tidegate.track_delta AS delta WHERE xact_id = me GROUP BY track_id, account_id, delta.bucket
  ON CONFLICT (track_id, account_id, bucket) DO UPDATE SET
    item_count = bucket.item_count + excluded.item_count,
    payload_bytes = bucket.payload_bytes + excluded.payload_bytes,
    fingerprint = bucket.fingerprint # excluded.fingerprint;

  -- The account's lock is held, so the clock rises with the sequence.
  INSERT INTO tidegate.track_batch (track_id, account_id, last_seq, change_count, chunk_id, committed_at)
  SELECT root.track_id, root.account_id, root.seq - chunk.later_count, chunk.change_count, chunk.chunk_id, clock_timestamp()
  FROM (
    SELECT track_id, account_id, chunk_id, sum(change_count) AS change_count,
      coalesce(sum(sum(change_count)) OVER (
        PARTITION BY track_id, account_id ORDER BY chunk_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ), 0) AS later_count
    FROM tidegate.track_delta WHERE xact_id = me GROUP BY track_id, account_id, chunk_id
  ) AS chunk JOIN tidegate.track_root AS root USING (track_id, account_id);

  DELETE FROM tidegate.track_delta WHERE xact_id = me;
  RETURN NULL;
END
$body$;

DO $body$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'track_fold' AND tgrelid = 'tidegate.track_delta'::regclass) THEN
    CREATE CONSTRAINT TRIGGER track_fold AFTER INSERT ON tidegate.track_delta
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_first) EXECUTE FUNCTION tidegate.track_fold();
  END IF;
END
$body$;
`
