/** Signals that end when others are approved in their place. */
export const SUPERSEDED = `
ALTER TABLE tidegate_ledger.signal
  DROP CONSTRAINT signal_state_check,
  ADD CHECK (state IN ('waiting', 'held', 'released', 'paused', 'rejected', 'revoked', 'superseded', 'expired')),
  -- The first of the signals that were approved in its place. They all carry that number as their supersession.
  ADD COLUMN superseded_by bigint,
  ADD COLUMN supersession bigint,
  ADD CHECK ((state = 'superseded') = (superseded_by IS NOT NULL)),
  ADD CHECK (supersession IS NULL OR approved_at_ms IS NOT NULL);
CREATE INDEX signal_superseded ON tidegate_ledger.signal (superseded_by) WHERE superseded_by IS NOT NULL;
`
