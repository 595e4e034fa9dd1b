/** Which store the ledger is on, so that a copy of it knows that it is one. Filled in when the ledger is opened. */
export const EPOCH = `
ALTER TABLE tidegate_ledger.ledger ADD COLUMN store_identity text;
`
