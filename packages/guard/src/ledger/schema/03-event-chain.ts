/** Events in a hash chain: each is chained to the one before it, the head stands in the ledger's row. */
export const EVENT_CHAIN = `
ALTER TABLE tidegate_ledger.ledger
  ADD COLUMN head_event_no bigint NOT NULL DEFAULT 0,
  ADD COLUMN head_sha256 text NOT NULL DEFAULT repeat('0', 64),
  -- Events up to this one may be deleted: a prune has written down what they were.
  ADD COLUMN pruned_event_no bigint NOT NULL DEFAULT 0;

CREATE FUNCTION tidegate_ledger.netstring(field text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN field IS NULL THEN '-,' ELSE octet_length(convert_to(field, 'UTF8')) || ':' || field || ',' END
$$;
-- The text is described at eventText in core/event-chain.ts.
CREATE FUNCTION tidegate_ledger.event_sha256(
  previous_sha256 text, event_no bigint, revision bigint, at_ms bigint, actor text, kind text, cause_id text,
  signal_id text, reason text, evidence json
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to('tidegate-event-1,' || string_agg(tidegate_ledger.netstring(field), '' ORDER BY place), 'UTF8')), 'hex')
  FROM unnest(ARRAY[
    previous_sha256, event_no::text, revision::text, at_ms::text, actor, kind, cause_id, signal_id, reason, evidence::text
  ]) WITH ORDINALITY AS fields(field, place)
$$;

-- json keeps the text it was given; jsonb would spell it in its own way, which only a PostgreSQL can do again.
DROP TRIGGER append_only ON tidegate_ledger.event;
ALTER TABLE tidegate_ledger.event
  ALTER COLUMN event_no DROP IDENTITY,
  ALTER COLUMN evidence TYPE json USING evidence::text::json,
  ADD COLUMN previous_sha256 text,
  ADD COLUMN event_sha256 text;

-- What was written before is chained in the order it was written, and numbered without gaps.
DO $$
DECLARE
  old record;
  place bigint := 0;
  head text := repeat('0', 64);
  hash text;
BEGIN
  FOR old IN SELECT * FROM tidegate_ledger.event ORDER BY event_no LOOP
    place := place + 1;
    hash := tidegate_ledger.event_sha256(head, place, old.revision, old.at_ms, old.actor, old.kind, old.cause_id,
      old.signal_id, old.reason, old.evidence);
    UPDATE tidegate_ledger.event SET event_no = place, previous_sha256 = head, event_sha256 = hash
    WHERE event_no = old.event_no;
    head := hash;
  END LOOP;
  UPDATE tidegate_ledger.ledger SET head_event_no = place, head_sha256 = head;
END $$;

ALTER TABLE tidegate_ledger.event
  ALTER COLUMN previous_sha256 SET NOT NULL,
  ALTER COLUMN event_sha256 SET NOT NULL;
CREATE INDEX event_by_cause ON tidegate_ledger.event (cause_id, event_no);

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON tidegate_ledger.event
  FOR EACH STATEMENT EXECUTE FUNCTION tidegate_ledger.refuse_to_change();
CREATE FUNCTION tidegate_ledger.refuse_unless_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.event_no <= (SELECT pruned_event_no FROM tidegate_ledger.ledger) THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'Cannot delete event %: the events are append-only, but for those that a prune has passed', OLD.event_no;
END $$;
CREATE TRIGGER deleted_by_prune BEFORE DELETE ON tidegate_ledger.event
  FOR EACH ROW EXECUTE FUNCTION tidegate_ledger.refuse_unless_pruned();
`
