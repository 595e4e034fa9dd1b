/** Which causes were stopped: what they propose afterwards waits until something of theirs is approved. */
export const REVOKED_CAUSES = `
ALTER TABLE tidegate_ledger.cause
  ADD COLUMN revoked_at_ms bigint,
  ADD COLUMN revoked_by text,
  ADD COLUMN revoked_because text;
`
