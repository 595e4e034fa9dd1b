/** What each cause has emitted, kept by its verdicts, so that none of them has to read the signals before it. */
export const EMITTED = `
-- When the cause means to emit, as { fromMs, untilMs }.
ALTER TABLE tidegate_ledger.cause ADD COLUMN emit_window jsonb;

CREATE TABLE tidegate_ledger.cause_emitted (
  cause_id text PRIMARY KEY,
  proposal_count bigint NOT NULL,
  -- Distinct accounts that its signals named; the largest audience that a predicate of its had.
  named_account_count bigint NOT NULL DEFAULT 0,
  everyone_account_count bigint NOT NULL DEFAULT 0,
  whole_account_signal_count bigint NOT NULL DEFAULT 0,
  collections text[] NOT NULL DEFAULT '{}'
);

-- Accounts of its small signals, each with the last time it was named. Large ones are looked up in signal_account.
CREATE TABLE tidegate_ledger.cause_account (
  cause_id text NOT NULL,
  account_id text NOT NULL,
  named_at_ms bigint NOT NULL,
  PRIMARY KEY (cause_id, account_id)
);
CREATE INDEX cause_account_recent ON tidegate_ledger.cause_account (cause_id, named_at_ms);

CREATE TABLE tidegate_ledger.cause_large_signal (
  cause_id text NOT NULL,
  signal_no bigint NOT NULL,
  account_count bigint NOT NULL,
  named_at_ms bigint NOT NULL,
  PRIMARY KEY (cause_id, signal_no)
);

-- What its signals were predicted to draw, those that were rejected at once aside.
CREATE TABLE tidegate_ledger.cause_resource (
  cause_id text NOT NULL,
  resource_id text NOT NULL,
  predicted_bytes bigint NOT NULL,
  PRIMARY KEY (cause_id, resource_id)
);

-- Causes that wait for a decision, and causes whose release is under way: few, however many signals they have.
CREATE INDEX signal_undecided ON tidegate_ledger.signal (cause_id) WHERE state IN ('held', 'paused');
CREATE INDEX signal_releasing ON tidegate_ledger.signal (cause_id)
  WHERE approved_at_ms IS NOT NULL AND state = 'released' AND gate_outcome IS NULL;

INSERT INTO tidegate_ledger.cause_emitted
SELECT cause_id, sum(proposal_count)::bigint,
  (SELECT count(DISTINCT account_id) FROM tidegate_ledger.signal_account JOIN tidegate_ledger.signal AS own USING (signal_no)
   WHERE own.cause_id = signal.cause_id AND own.state <> 'waiting' AND own.malformed_because IS NULL),
  coalesce(max(audience_account_count) FILTER (WHERE is_everyone), 0),
  count(*) FILTER (WHERE scope->>'kind' = 'account'),
  ARRAY(SELECT DISTINCT part->>'collection'
    FROM tidegate_ledger.signal AS own CROSS JOIN LATERAL jsonb_array_elements(own.scope->'collections') AS part
    WHERE own.cause_id = signal.cause_id AND own.state <> 'waiting' AND own.malformed_because IS NULL ORDER BY 1 LIMIT 32)
FROM tidegate_ledger.signal WHERE state <> 'waiting' AND malformed_because IS NULL GROUP BY cause_id;

WITH sized AS (
  SELECT cause_id, signal_no, judged_at_ms, count(*) AS account_count
  FROM tidegate_ledger.signal JOIN tidegate_ledger.signal_account USING (signal_no)
  WHERE state <> 'waiting' AND malformed_because IS NULL GROUP BY signal_no
), large AS (
  INSERT INTO tidegate_ledger.cause_large_signal
  SELECT cause_id, signal_no, account_count, judged_at_ms FROM sized WHERE account_count > 1000
)
INSERT INTO tidegate_ledger.cause_account
SELECT cause_id, account_id, max(judged_at_ms) FROM sized JOIN tidegate_ledger.signal_account USING (signal_no)
WHERE account_count <= 1000 GROUP BY cause_id, account_id;

INSERT INTO tidegate_ledger.cause_resource
SELECT cause_id, part->>'resourceId', least(sum((part->>'payloadBytes')::bigint), 9007199254740991)::bigint
FROM tidegate_ledger.signal CROSS JOIN LATERAL jsonb_array_elements(predicted) AS part
WHERE state NOT IN ('waiting', 'rejected') AND malformed_because IS NULL GROUP BY 1, 2;
`
