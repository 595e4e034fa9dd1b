/**
 * Whether the flags of a signal left with their responses, because the guard only observed when it was judged: old clients
 * obeyed them, so none of its accounts may be counted as one that never began.
 */
export const FLAGS_PASSED = `
ALTER TABLE tidegate_ledger.signal ADD COLUMN flags_passed boolean NOT NULL DEFAULT false;
UPDATE tidegate_ledger.signal SET flags_passed = true FROM tidegate_ledger.event
WHERE event.signal_id = signal.signal_id AND event.kind = 'signal-judged' AND event.evidence->>'guardMode' = 'observe'
  AND starts_with(signal.proposed_by, 'egress ');
`
