/** What old clients' event streams need: which flags are proposals already, and which deliveries were acknowledged. */
export const EGRESS = `
-- A flag of a team's own stream, met at the egress. Its proposal names the account and is written with it.
CREATE TABLE tidegate_ledger.egress_flag (
  flag_key text PRIMARY KEY,
  account_id text NOT NULL,
  cause_id text NOT NULL,
  recorded_at_ms bigint NOT NULL
);

-- A flag that left for a client standing at a place, its cursor. Written before it leaves. client_id is a hash.
CREATE TABLE tidegate_ledger.egress_delivery (
  account_id text NOT NULL,
  client_id text NOT NULL,
  signal_key text NOT NULL,
  place text NOT NULL,
  signal_id text NOT NULL,
  first_claimed_at_ms bigint NOT NULL,
  claim_count bigint NOT NULL DEFAULT 1,
  arrived_at_ms bigint,
  PRIMARY KEY (account_id, client_id, signal_key, place)
);
CREATE INDEX egress_delivery_by_signal ON tidegate_ledger.egress_delivery (signal_id);
`
