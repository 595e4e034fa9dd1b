/** What the gates of stages need to know of a report. */
export const STAGE_PLACES = `
-- The client that reported is let out by stages whose share is above this; 0 where its account is in force by name, null
-- where the audience's filters leave it out. Reports from before this step say nothing to a gate, which then asks (G6).
ALTER TABLE tidegate_ledger.report ADD COLUMN stage_place double precision;
`
