import type { Sql } from '@tidegate/guard/sql'
import { z } from 'zod'

/**
 * Makes a bypass leave a trace, however it was spelt. Sequences, because what they count survives a savepoint's rollback.
 *
 * `replica_write`: every table gets a trigger that fires only while `session_replication_role` is `replica`, when the
 * application's own do not. `outbox_write`: rows of the outbox are only ever added; whatever else is done to them is counted.
 */
export const TRIPWIRES = `
TRUNCATE tidegate.outbox; -- a dump may have brought rows of its own

CREATE SCHEMA tidegate_check;
GRANT USAGE ON SCHEMA tidegate_check TO PUBLIC; -- the migration may change its role
CREATE SEQUENCE tidegate_check.replica_write;
CREATE SEQUENCE tidegate_check.outbox_write;

CREATE FUNCTION tidegate_check.note_replica_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  IF current_setting('session_replication_role') = 'replica' THEN
    PERFORM nextval('tidegate_check.replica_write');
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION tidegate_check.last_outbox_row() RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  IF to_regclass('tidegate.outbox') IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT max(ctid)::text FROM tidegate.outbox);
END
$$;
CREATE FUNCTION tidegate_check.note_outbox_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  PERFORM nextval('tidegate_check.outbox_write');
  RETURN NULL;
END
$$;

DO $$
DECLARE
  found regclass;
BEGIN
  FOR found IN
    SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_toast%'
  LOOP
    EXECUTE format('CREATE TRIGGER tidegate_check_replica BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
      FOR EACH STATEMENT EXECUTE FUNCTION tidegate_check.note_replica_write()', found);
    EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER tidegate_check_replica', found);
  END LOOP;
END
$$;

CREATE TRIGGER tidegate_check_outbox BEFORE UPDATE OR DELETE OR TRUNCATE ON tidegate.outbox
  FOR EACH STATEMENT EXECUTE FUNCTION tidegate_check.note_outbox_write();
ALTER TABLE tidegate.outbox ENABLE ALWAYS TRIGGER tidegate_check_outbox;
`

const Traces = z.object({ replica: z.boolean(), outbox: z.boolean() })

/** @returns which tripwires were touched; a tripwire that is gone counts as touched */
export async function readTripwires(sql: Sql): Promise<z.infer<typeof Traces>> {
  const [there] = await sql.query<{ is_there: boolean }>(
    `SELECT to_regclass('tidegate_check.replica_write') IS NOT NULL AND to_regclass('tidegate_check.outbox_write') IS NOT NULL AS is_there`,
  )
  if (!there?.is_there) return { replica: true, outbox: true }
  const [row] = await sql.query(
    `SELECT (SELECT is_called FROM tidegate_check.replica_write) AS replica,
       (SELECT is_called FROM tidegate_check.outbox_write) AS outbox`,
  )
  return Traces.parse(row)
}
