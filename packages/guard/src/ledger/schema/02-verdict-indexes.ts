/** What a verdict looks up, indexed. */
export const VERDICT_INDEXES = `
-- What a verdict asks of all signals before it: which of them spend credit, and which are approved. Both are few, however
-- many are held; without these indexes each verdict reads every signal there ever was.
ALTER TABLE tidegate_ledger.signal ADD COLUMN named_account_count bigint NOT NULL DEFAULT 0;
UPDATE tidegate_ledger.signal SET named_account_count =
  (SELECT count(*) FROM tidegate_ledger.named_account WHERE named_account.signal_no = signal.signal_no);
CREATE INDEX signal_spending ON tidegate_ledger.signal (cause_id) WHERE approved_at_ms IS NULL AND named_account_count > 0;
CREATE INDEX signal_named ON tidegate_ledger.signal (judged_at_ms) WHERE named_account_count > 0;
CREATE INDEX signal_approved ON tidegate_ledger.signal (signal_no) WHERE approved_at_ms IS NOT NULL;
CREATE INDEX signal_approved_everyone ON tidegate_ledger.signal (signal_no) WHERE approved_at_ms IS NOT NULL AND is_everyone;
CREATE INDEX named_account_by_account ON tidegate_ledger.named_account (account_id);
CREATE INDEX signal_account_by_account ON tidegate_ledger.signal_account (account_id);
`
