/** Tokens of people and services, by hash: who reads this table cannot sign in with what it holds. */
export const TOKENS = `
CREATE TABLE tidegate_ledger.token (
  token_sha256 text PRIMARY KEY,
  actor text NOT NULL,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0),
  created_at_ms bigint NOT NULL,
  created_by text NOT NULL,
  expires_at_ms bigint,
  revoked_at_ms bigint,
  -- Written at most once a minute.
  last_used_at_ms bigint
);
REVOKE ALL ON tidegate_ledger.token FROM PUBLIC;
-- A name in the record of decisions is one holder's; the next holder of the name comes after the last one's token is revoked.
CREATE UNIQUE INDEX token_living ON tidegate_ledger.token (actor) WHERE revoked_at_ms IS NULL;
`
