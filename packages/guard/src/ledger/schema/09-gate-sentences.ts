/** Why the gate of a release's current stage said what it said. */
export const GATE_SENTENCES = `
ALTER TABLE tidegate_ledger.signal ADD COLUMN gate_because text;
`
