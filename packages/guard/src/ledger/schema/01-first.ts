/** The tables a ledger begins with. */
export const FIRST = `
CREATE TABLE tidegate_ledger.ledger (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch text NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  guard_mode text NOT NULL DEFAULT 'enforce',
  client_mode text NOT NULL DEFAULT 'enforce',
  -- All causes together; granted anew when nothing unapproved is in force, so that it stands still within a burst.
  global_account_count bigint,
  global_bytes_per_resource bigint
);

-- Sensitive: whoever reads it can sign answers.
CREATE TABLE tidegate_ledger.keys (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  key_id text NOT NULL,
  signing_key_base64 text NOT NULL,
  public_key_base64 text NOT NULL,
  tag_key_base64 text NOT NULL
);
REVOKE ALL ON tidegate_ledger.keys FROM PUBLIC;

CREATE TABLE tidegate_ledger.cause (
  cause_id text PRIMARY KEY,
  is_registered boolean NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  owner text NOT NULL,
  manifest jsonb,
  credit_account_count bigint NOT NULL,
  credit_bytes_per_resource bigint NOT NULL
);

CREATE TABLE tidegate_ledger.signal (
  signal_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signal_id text NOT NULL UNIQUE,
  version integer NOT NULL DEFAULT 1,
  idempotency_key text NOT NULL UNIQUE,
  contents_sha256 text NOT NULL,
  cause_id text NOT NULL,
  action text NOT NULL,
  scope jsonb NOT NULL,
  is_everyone boolean NOT NULL,
  filter jsonb NOT NULL,
  reason text,
  expires_in_ms bigint,
  proposal_count bigint NOT NULL,
  malformed_because text,
  proposed_by text NOT NULL,
  proposed_at_ms bigint NOT NULL,

  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'held', 'released', 'paused', 'rejected', 'revoked', 'expired')),
  verdict jsonb,
  judged_at_ms bigint,
  expires_at_ms bigint,
  audience_account_count bigint,
  predicted jsonb,

  approved_at_ms bigint,
  approved_by text,
  approved_because text,
  release_plan jsonb,
  stage_index integer,
  stage_starts_at_ms jsonb,
  gate_outcome text,

  CHECK ((state = 'waiting') = (verdict IS NULL)),
  CHECK ((release_plan IS NULL) = (approved_at_ms IS NULL))
);
CREATE INDEX signal_waiting ON tidegate_ledger.signal (signal_no) WHERE state = 'waiting';
CREATE INDEX signal_live ON tidegate_ledger.signal (signal_no) WHERE state IN ('held', 'released', 'paused');
CREATE INDEX signal_by_cause ON tidegate_ledger.signal (cause_id);

-- The audience as it was named. Written with the proposal and never changed.
CREATE TABLE tidegate_ledger.signal_account (
  signal_no bigint NOT NULL,
  account_id text NOT NULL,
  PRIMARY KEY (signal_no, account_id)
);

-- Accounts in force by name: a verdict's canaries, or its whole audience. Written with the verdict and never changed.
CREATE TABLE tidegate_ledger.named_account (
  signal_no bigint NOT NULL,
  account_id text NOT NULL,
  resource_id text NOT NULL,
  predicted_bytes bigint NOT NULL,
  PRIMARY KEY (signal_no, account_id)
);

CREATE TABLE tidegate_ledger.client (
  account_id text NOT NULL,
  client_id text NOT NULL,
  client_class text NOT NULL,
  app_version text NOT NULL,
  resource_id text NOT NULL,
  cached_bytes bigint NOT NULL,
  seen_at_ms bigint NOT NULL,
  PRIMARY KEY (account_id, client_id)
);

CREATE TABLE tidegate_ledger.report (
  account_id text NOT NULL,
  report_key text NOT NULL,
  report_no bigint GENERATED ALWAYS AS IDENTITY,
  signal_id text NOT NULL,
  client_id text NOT NULL,
  outcome text NOT NULL,
  report jsonb NOT NULL,
  reported_at_ms bigint NOT NULL,
  PRIMARY KEY (account_id, report_key)
);
CREATE INDEX report_by_signal ON tidegate_ledger.report (signal_id, client_id, report_no);

CREATE TABLE tidegate_ledger.event (
  event_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision bigint NOT NULL,
  at_ms bigint NOT NULL,
  actor text NOT NULL,
  kind text NOT NULL,
  cause_id text,
  signal_id text,
  reason text,
  evidence jsonb NOT NULL
);
CREATE INDEX event_by_signal ON tidegate_ledger.event (signal_id, event_no);
CREATE FUNCTION tidegate_ledger.refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Cannot change %: it is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tidegate_ledger.event
  FOR EACH STATEMENT EXECUTE FUNCTION tidegate_ledger.refuse_to_change();
`
