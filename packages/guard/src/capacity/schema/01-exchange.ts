/**
 * The book of `core/shares/capacity-book.ts` as tables, and its `exchange` as a function: a statement of its own, so that no
 * node holds a lock while it stands still. Both are tested to give the same answers.
 */
export const EXCHANGE = `
CREATE TABLE tidegate_capacity.book (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch text NOT NULL,
  -- Cluster, timeline, database and table: a promoted standby or a restored dump has another name.
  store text NOT NULL,
  -- The book's own time: it only rises, and no gap counts for more than the terms say.
  book_ms bigint NOT NULL,
  store_ms bigint NOT NULL,
  learning_until_ms bigint NOT NULL,
  claims_from_ms bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE tidegate_capacity.slot (
  slot integer PRIMARY KEY,
  holder text NOT NULL,
  ask_no bigint NOT NULL,
  slot_count integer NOT NULL,
  until_ms bigint NOT NULL,
  safe_until_ms bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE tidegate_capacity.share (
  slot integer NOT NULL REFERENCES tidegate_capacity.slot ON DELETE CASCADE,
  resource_id text NOT NULL,
  capacity_units bigint NOT NULL,
  safe_units bigint NOT NULL,
  want_safe_units bigint NOT NULL,
  units bigint NOT NULL,
  demand_units bigint NOT NULL,
  PRIMARY KEY (slot, resource_id)
) WITH (fillfactor = 50);

CREATE FUNCTION tidegate_capacity.store_name() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'tidegate_capacity.book'::regclass::oid)
  FROM pg_control_system()
$$;

-- given_store_ms: null for the server's own clock.
CREATE FUNCTION tidegate_capacity.exchange(ask jsonb, terms jsonb, given_store_ms bigint) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
  my_slot CONSTANT integer := (ask->>'slot')::integer;
  my_holder CONSTANT text := ask->>'holder';
  my_ask_no CONSTANT bigint := (ask->>'askNo')::bigint;
  known_epoch CONSTANT text := ask->'known'->>'epoch';
  drain_ms CONSTANT bigint := (terms->>'drainMs')::bigint;
  name CONSTANT text := tidegate_capacity.store_name();
  found_book tidegate_capacity.book;
  mine tidegate_capacity.slot;
  asked record;
  others record;
  clock_ms bigint;
  now_ms bigint;
  is_learning boolean;
  free_slots_units bigint;
  free_units bigint;
  given_safe bigint;
  given_units bigint;
  grants jsonb := '[]';
BEGIN
  -- Everybody waits here for their turn, and then reads what the one before wrote.
  LOOP
    SELECT * INTO found_book FROM tidegate_capacity.book FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO tidegate_capacity.book VALUES (true, '', '', 0, 0, 0, 0) ON CONFLICT DO NOTHING;
  END LOOP;
  clock_ms := coalesce(given_store_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  SELECT * INTO mine FROM tidegate_capacity.slot WHERE slot = my_slot;

  IF found_book.store <> name OR (known_epoch = found_book.epoch AND
    (mine.holder IS DISTINCT FROM my_holder OR mine.ask_no < (ask->'known'->>'heardAskNo')::bigint))
  THEN
    DELETE FROM tidegate_capacity.slot;
    mine := NULL;
    now_ms := 0;
    UPDATE tidegate_capacity.book SET epoch = gen_random_uuid()::text, store = name, book_ms = 0, store_ms = clock_ms,
      learning_until_ms = (terms->>'shareTermMs')::bigint, claims_from_ms = (terms->>'safeTermMs')::bigint
    RETURNING * INTO found_book;
  ELSE
    now_ms := found_book.book_ms + least(greatest(clock_ms - found_book.store_ms, 0), (terms->>'maxBookGapMs')::bigint);
    UPDATE tidegate_capacity.book SET book_ms = now_ms, store_ms = clock_ms;
  END IF;

  IF mine.holder = my_holder AND my_ask_no <= mine.ask_no THEN
    RETURN jsonb_build_object('kind', 'stale');
  END IF;
  IF mine.holder <> my_holder AND mine.safe_until_ms > now_ms THEN
    RETURN jsonb_build_object('kind', 'taken', 'freeInMs', mine.safe_until_ms - now_ms);
  END IF;
  IF mine.slot IS NULL AND known_epoch IS NULL AND now_ms < found_book.claims_from_ms THEN
    RETURN jsonb_build_object('kind', 'past-unknown', 'freeInMs', found_book.claims_from_ms - now_ms);
  END IF;
  IF (ask->>'isLeaving')::boolean THEN
    UPDATE tidegate_capacity.slot SET ask_no = my_ask_no, until_ms = least(until_ms, now_ms + drain_ms),
      safe_until_ms = least(safe_until_ms, now_ms + drain_ms) WHERE slot = my_slot;
    RETURN jsonb_build_object('kind', 'left');
  END IF;

  is_learning := now_ms < found_book.learning_until_ms;
  INSERT INTO tidegate_capacity.slot VALUES (my_slot, my_holder, my_ask_no, (ask->>'slotCount')::integer,
    now_ms + (terms->>'shareTermMs')::bigint, now_ms + (terms->>'safeTermMs')::bigint)
  ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, ask_no = excluded.ask_no,
    slot_count = excluded.slot_count, until_ms = excluded.until_ms, safe_until_ms = excluded.safe_until_ms;
  DELETE FROM tidegate_capacity.share WHERE slot = my_slot
    AND resource_id NOT IN (SELECT each->>'resourceId' FROM jsonb_array_elements(ask->'resources') AS each);

  FOR asked IN SELECT * FROM jsonb_to_recordset(ask->'resources') AS resources("resourceId" text, "capacityUnits" bigint,
    "safeUnits" bigint, "heldUnits" bigint, "heldSafeUnits" bigint, "wantUnits" bigint, "demandUnits" bigint)
  LOOP
    SELECT
      least(min(capacity_units), asked."capacityUnits") AS capacity_units,
      greatest(max(want_safe_units), asked."safeUnits") AS least_safe_units,
      greatest(max(slot_count), (ask->>'slotCount')::integer) AS slot_count,
      count(*) + 1 AS slots_seen,
      coalesce(sum(CASE WHEN until_ms > now_ms THEN greatest(safe_units, want_safe_units, units)
        ELSE greatest(safe_units, want_safe_units) END), 0)::bigint AS hold_units,
      coalesce(sum(greatest(safe_units, want_safe_units)), 0)::bigint AS safe_units,
      coalesce(jsonb_agg(greatest(demand_units - greatest(safe_units, want_safe_units), 0) ORDER BY slot)
        FILTER (WHERE until_ms > now_ms), '[]') AS demands_units
    INTO others
    FROM tidegate_capacity.share JOIN tidegate_capacity.slot USING (slot)
    WHERE resource_id = asked."resourceId" AND slot <> my_slot AND safe_until_ms > now_ms;
    free_slots_units := greatest(0, others.slot_count - others.slots_seen) * others.least_safe_units;
    free_units := others.capacity_units - others.hold_units - free_slots_units;
    given_safe := CASE WHEN asked."heldSafeUnits" > 0 THEN asked."heldSafeUnits"
      WHEN free_units >= asked."safeUnits" THEN asked."safeUnits" ELSE 0 END;
    given_units := greatest(given_safe,
      least(asked."wantUnits", CASE WHEN is_learning THEN asked."heldUnits" ELSE free_units END));
    INSERT INTO tidegate_capacity.share VALUES (my_slot, asked."resourceId", asked."capacityUnits", given_safe,
      asked."safeUnits", greatest(given_units, asked."heldUnits"), asked."demandUnits")
    ON CONFLICT (slot, resource_id) DO UPDATE SET capacity_units = excluded.capacity_units,
      safe_units = excluded.safe_units, want_safe_units = excluded.want_safe_units, units = excluded.units,
      demand_units = excluded.demand_units;
    grants := grants || jsonb_build_object('resourceId', asked."resourceId", 'units', given_units,
      'safeUnits', given_safe, 'divisibleUnits', others.capacity_units - others.safe_units - free_slots_units
        - greatest(given_safe, asked."safeUnits"), 'otherDemandsUnits', others.demands_units);
  END LOOP;
  RETURN jsonb_build_object('kind', 'granted', 'epoch', found_book.epoch, 'isLearning', is_learning, 'resources', grants);
END
$$;
`
