/** Who registered a cause, and who changed what it says: an approver of much may be none of them. */
export const REGISTERED_BY = `
ALTER TABLE tidegate_ledger.cause ADD COLUMN registered_by text[] NOT NULL DEFAULT '{}';
UPDATE tidegate_ledger.cause SET registered_by = ARRAY(
  SELECT DISTINCT actor FROM tidegate_ledger.event
  WHERE event.kind = 'cause-registered' AND event.cause_id = cause.cause_id ORDER BY 1
);
`
