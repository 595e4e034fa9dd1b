/** What operators switched, each with its end. Rows stay: numbers are read out over telephones and never mean two things. */
export const SWITCHES = `
CREATE TABLE tidegate_ledger.switch (
  switch_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  effect jsonb NOT NULL,
  reason text NOT NULL,
  set_by text NOT NULL,
  set_at_ms bigint NOT NULL,
  ends_at_ms bigint NOT NULL,
  -- When it was lifted, or when it was written down that its end had come.
  ended_at_ms bigint
);
CREATE INDEX switch_not_ended ON tidegate_ledger.switch (switch_no) WHERE ended_at_ms IS NULL;
`
