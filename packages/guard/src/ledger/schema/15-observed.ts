/**
 * Accounts that verdicts would have put in force by name while the guard observes. They spend credit among themselves, so
 * that what is recorded is what would have been held; nothing that clients are told is read from here.
 */
export const OBSERVED = `
CREATE TABLE tidegate_ledger.observed_account (
  signal_no bigint NOT NULL,
  account_id text NOT NULL,
  resource_id text NOT NULL,
  predicted_bytes bigint NOT NULL,
  PRIMARY KEY (signal_no, account_id)
);
CREATE INDEX observed_account_by_account ON tidegate_ledger.observed_account (account_id);
`
