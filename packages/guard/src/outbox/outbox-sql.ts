/**
 * What {@link installOutbox} runs in an application's database. Plain PostgreSQL 15, safe to run again; the advisory lock
 * keeps two processes that start at once from replacing the function at the same moment ("tuple concurrently updated").
 *
 * The row's `proposal` has the wire's field names and holds everything but the accounts, so rows of one transaction
 * that differ in their accounts alone are told by equality. `row_id` is random: a sequence would repeat after a restore,
 * and a repeated id would pass for a row that was taken in before.
 */
export const OUTBOX_SQL = `
SELECT pg_advisory_xact_lock(7233176201); -- any number that nobody else in this database locks

CREATE SCHEMA IF NOT EXISTS tidegate;

CREATE TABLE IF NOT EXISTS tidegate.outbox (
  row_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  xact_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  proposal jsonb NOT NULL,
  account_ids text[]
);
COMMENT ON TABLE tidegate.outbox IS 'Reset signals on their way to the Tidegate guard. Written by tidegate.propose(...) in the transaction of the change, emptied by the guard.';
COMMENT ON COLUMN tidegate.outbox.account_ids IS 'The accounts it names; null when the proposal is for everyone.';
CREATE INDEX IF NOT EXISTS outbox_xact_id ON tidegate.outbox (xact_id, row_id);

-- Before it took cohorts and ordinals. Beside today's, a call could mean either.
DROP FUNCTION IF EXISTS tidegate.propose(text, text, text[], boolean, text, text[], text, interval, text[], text, text, text);

CREATE OR REPLACE FUNCTION tidegate.propose(
  cause text,
  account text DEFAULT NULL,
  accounts text[] DEFAULT NULL,
  everyone boolean DEFAULT false,
  action text DEFAULT 'verify',
  collections text[] DEFAULT NULL,
  reason text DEFAULT NULL,
  expires_in interval DEFAULT NULL,
  classes text[] DEFAULT NULL,
  versions_at_least text DEFAULT NULL,
  versions_below text DEFAULT NULL,
  idempotency_key text DEFAULT NULL,
  cohorts_from double precision DEFAULT NULL,
  cohorts_below double precision DEFAULT NULL,
  from_ordinal bigint DEFAULT NULL,
  to_ordinal bigint DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  named text[] := CASE WHEN account IS NOT NULL THEN ARRAY[account] ELSE accounts END;
  bad_id constant text := '[\\u0001-\\u001f\\u007f-\\u009f\\ufeff]';
  version constant text := '^[0-9]{1,6}([.][0-9]{1,6}){0,3}$';
  max_ordinal constant bigint := 9007199254740991;
  cohorts jsonb;
  ordinals jsonb;
  expires_in_ms numeric;
  is_bad boolean := false;
  collection text;
  scope jsonb := '{"kind": "account"}';
  proposal jsonb;
BEGIN
  IF cause IS NULL OR length(cause) NOT BETWEEN 1 AND 128 OR cause ~ bad_id THEN
    RAISE EXCEPTION 'Cannot propose: cause must be 1 to 128 characters without control characters or U+FEFF, got %', quote_nullable(cause)
      USING ERRCODE = 'invalid_parameter_value', HINT = 'It is the name under which the cause is registered, for example ''labels-2023-07''.';
  END IF;
  IF (account IS NOT NULL)::int + (accounts IS NOT NULL)::int + coalesce(everyone, false)::int <> 1 THEN
    RAISE EXCEPTION 'Cannot propose for %: exactly one of account, accounts and everyone is required', cause
      USING ERRCODE = 'invalid_parameter_value', HINT = 'A null account counts as none: see whether the column can be null.';
  END IF;
  -- One account is looked at without a query: a call for each of many spends its time on such things.
  IF account IS NOT NULL THEN
    is_bad := length(account) NOT BETWEEN 1 AND 128 OR account ~ bad_id;
  ELSIF accounts IS NOT NULL THEN
    is_bad := EXISTS (
      SELECT FROM unnest(accounts) AS id WHERE id IS NULL OR length(id) NOT BETWEEN 1 AND 128 OR id ~ bad_id
    );
  END IF;
  IF is_bad THEN
    RAISE EXCEPTION 'Cannot propose for %: an account must be 1 to 128 characters without control characters or U+FEFF, and not null', cause
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF action IS NULL OR action NOT IN ('verify', 'refetch') THEN
    RAISE EXCEPTION 'Cannot propose for %: action must be verify or refetch, got %', cause, quote_nullable(action)
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- A loop over a few names costs less than a query, and a call for each of many accounts has nothing else to save.
  is_bad := cardinality(collections) NOT BETWEEN 1 AND 32;
  IF NOT is_bad THEN
    FOREACH collection IN ARRAY collections LOOP
      is_bad := is_bad OR collection IS NULL OR length(collection) NOT BETWEEN 1 AND 64 OR collection ~ bad_id;
    END LOOP;
  END IF;
  IF is_bad THEN
    RAISE EXCEPTION 'Cannot propose for %: collections must be 1 to 32 names of at most 64 characters, got %', cause, collections
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave collections out for the whole account.';
  END IF;
  IF classes IS NOT NULL AND (cardinality(classes) NOT BETWEEN 1 AND 16 OR EXISTS (
    SELECT FROM unnest(classes) AS name WHERE name IS NULL OR name !~ '^[a-z][a-z0-9-]{0,31}$'
  )) THEN
    RAISE EXCEPTION 'Cannot propose for %: classes must be 1 to 16 lower-case words such as bridge, got %', cause, classes
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF versions_at_least !~ version OR versions_below !~ version THEN
    RAISE EXCEPTION 'Cannot propose for %: versions must be one to four numbers separated by dots, got % and %',
      cause, quote_nullable(versions_at_least), quote_nullable(versions_below) USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF cohorts_from IS NOT NULL OR cohorts_below IS NOT NULL THEN
    cohorts_from := coalesce(cohorts_from, 0);
    cohorts_below := coalesce(cohorts_below, 1);
    IF NOT (0 <= cohorts_from AND cohorts_from < cohorts_below AND cohorts_below <= 1) THEN
      RAISE EXCEPTION 'Cannot propose for %: cohorts must be within 0 and 1, the first below the second, got % and %',
        cause, cohorts_from, cohorts_below USING ERRCODE = 'invalid_parameter_value';
    END IF;
    cohorts := jsonb_build_object('from', cohorts_from, 'below', cohorts_below);
  END IF;
  IF from_ordinal IS NOT NULL OR to_ordinal IS NOT NULL THEN
    from_ordinal := coalesce(from_ordinal, 0);
    to_ordinal := coalesce(to_ordinal, max_ordinal);
    IF collections IS NULL THEN
      RAISE EXCEPTION 'Cannot propose for %: a range of ordinals needs collections, whose ordinals they are', cause
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT (0 <= from_ordinal AND from_ordinal < to_ordinal AND to_ordinal <= max_ordinal) THEN
      RAISE EXCEPTION 'Cannot propose for %: ordinals must be from 0 to %, the first below the second, got % and %',
        cause, max_ordinal, from_ordinal, to_ordinal USING ERRCODE = 'invalid_parameter_value';
    END IF;
    ordinals := jsonb_build_object('fromOrdinal', from_ordinal, 'toOrdinal', to_ordinal);
  END IF;
  IF reason IS NOT NULL AND length(btrim(reason)) NOT BETWEEN 1 AND 500 THEN
    RAISE EXCEPTION 'Cannot propose for %: reason must be 1 to 500 characters, got %', cause, length(btrim(reason))
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF idempotency_key IS NOT NULL AND (length(idempotency_key) NOT BETWEEN 1 AND 128 OR idempotency_key ~ bad_id) THEN
    RAISE EXCEPTION 'Cannot propose for %: idempotency_key must be 1 to 128 characters without control characters or U+FEFF', cause
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  expires_in_ms := trunc(extract(epoch FROM expires_in) * 1000);
  IF expires_in_ms <= 0 OR expires_in_ms > 34560000000 THEN
    RAISE EXCEPTION 'Cannot propose for %: expires_in must be more than nothing and at most 400 days, got %', cause, expires_in
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Signals that live longer than 30 days are held.';
  END IF;
  IF cardinality(named) = 0 THEN
    RETURN; -- no account matched: there is nothing to propose
  END IF;

  IF cardinality(collections) = 1 THEN
    scope := jsonb_build_object('kind', 'collections', 'collections',
      jsonb_build_array(jsonb_build_object('collection', collection, 'range', ordinals)));
  ELSIF collections IS NOT NULL THEN
    scope := jsonb_build_object('kind', 'collections', 'collections', (
      SELECT jsonb_agg(DISTINCT jsonb_build_object('collection', each, 'range', ordinals)) FROM unnest(collections) AS each
    ));
  END IF;
  -- The expression is evaluated without a query of its own, and the insert has nothing to work out.
  proposal := jsonb_strip_nulls(jsonb_build_object(
    'causeId', cause,
    'idempotencyKey', idempotency_key,
    'action', action,
    'scope', scope,
    'clientClasses', to_jsonb(classes),
    'appVersions', CASE WHEN versions_at_least IS NULL AND versions_below IS NULL THEN NULL
      ELSE jsonb_build_object('atLeast', versions_at_least, 'below', versions_below) END,
    'cohorts', cohorts,
    'reason', btrim(reason),
    'expiresInMs', expires_in_ms
  ));
  INSERT INTO tidegate.outbox (proposal, account_ids) VALUES (proposal, named);
END
$body$;
`
