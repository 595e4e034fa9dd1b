/**
 * Audiences of many accounts as pages of sorted ids. `audience_pages` is also what writes them, so its page size may change
 * in a later step and old pages stay readable: nothing depends on how many ids a page holds.
 */
export const AUDIENCE_PAGES = `
ALTER TABLE tidegate_ledger.signal_account RENAME TO audience_row;
ALTER INDEX tidegate_ledger.signal_account_pkey RENAME TO audience_row_pkey;
ALTER INDEX tidegate_ledger.signal_account_by_account RENAME TO audience_row_by_account;

-- An audience of more than 1,024 accounts: 256 ids a row, in the order of their UTF-8 bytes, so that one account is found by
-- range. Smaller audiences are a row per account: thousands of them are looked through by account (apps/docs/decisions/0006).
CREATE TABLE tidegate_ledger.audience_page (
  signal_no bigint NOT NULL,
  first_account_id text COLLATE "C" NOT NULL,
  account_count integer NOT NULL,
  account_ids text[] NOT NULL,
  PRIMARY KEY (signal_no, first_account_id)
);
-- Ids hardly compress, and trying to costs more than writing them.
ALTER TABLE tidegate_ledger.audience_page ALTER COLUMN account_ids SET STORAGE EXTERNAL;

-- To read them all. For single accounts of a signal that may be large there is names_account.
CREATE VIEW tidegate_ledger.signal_account AS
  SELECT signal_no, account_id FROM tidegate_ledger.audience_row
  UNION ALL
  SELECT signal_no, named.account_id FROM tidegate_ledger.audience_page CROSS JOIN LATERAL unnest(account_ids) AS named(account_id);

-- The pages of a list of ids, sorted, each id once. One pass over sorted ids: window functions sort them twice more.
CREATE FUNCTION tidegate_ledger.audience_pages(named text[])
RETURNS TABLE (first_account_id text, account_count integer, account_ids text[]) LANGUAGE plpgsql AS $$
DECLARE
  account_id text;
BEGIN
  account_count := 0;
  FOR account_id IN SELECT id FROM unnest(named) AS id ORDER BY id COLLATE "C" LOOP
    IF account_count = 0 THEN
      first_account_id := account_id;
      account_ids := ARRAY[account_id];
      account_count := 1;
    ELSIF account_id <> account_ids[account_count] THEN
      IF account_count = 256 THEN
        RETURN NEXT;
        first_account_id := account_id;
        account_ids := ARRAY[account_id];
        account_count := 1;
      ELSE
        account_ids := account_ids || account_id;
        account_count := account_count + 1;
      END IF;
    END IF;
  END LOOP;
  IF account_count > 0 THEN
    RETURN NEXT;
  END IF;
END $$;

-- Whether a signal names an account: one look-up by key in either layout.
CREATE FUNCTION tidegate_ledger.names_account(in_signal_no bigint, wanted text)
RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM tidegate_ledger.audience_row WHERE signal_no = in_signal_no AND account_id = wanted)
    OR EXISTS (
      SELECT FROM (
        SELECT account_ids FROM tidegate_ledger.audience_page
        WHERE signal_no = in_signal_no AND first_account_id <= wanted COLLATE "C" ORDER BY first_account_id DESC LIMIT 1
      ) AS page WHERE wanted = ANY (account_ids)
    )
$$;

-- Distinct accounts that a signal names, null for everyone; and whether they are in pages.
ALTER TABLE tidegate_ledger.signal ADD COLUMN named_audience_count bigint, ADD COLUMN is_paged boolean NOT NULL DEFAULT false;
UPDATE tidegate_ledger.signal SET named_audience_count =
  (SELECT count(*) FROM tidegate_ledger.audience_row WHERE audience_row.signal_no = signal.signal_no)
WHERE NOT is_everyone;
UPDATE tidegate_ledger.signal SET is_paged = true WHERE named_audience_count > 1024;
INSERT INTO tidegate_ledger.audience_page
  SELECT signal_no, pages.* FROM tidegate_ledger.signal, tidegate_ledger.audience_pages(ARRAY(
    SELECT account_id FROM tidegate_ledger.audience_row WHERE audience_row.signal_no = signal.signal_no
  )) AS pages WHERE is_paged;
DELETE FROM tidegate_ledger.audience_row USING tidegate_ledger.signal
WHERE signal.signal_no = audience_row.signal_no AND is_paged;
CREATE INDEX signal_approved_pages ON tidegate_ledger.signal (signal_no) WHERE approved_at_ms IS NOT NULL AND is_paged;

-- Of proposals from before this step only the key is compared: their contents were hashed in another form.
ALTER TABLE tidegate_ledger.signal ALTER COLUMN contents_sha256 DROP NOT NULL;
UPDATE tidegate_ledger.signal SET contents_sha256 = NULL;
`
