import type { Sql } from '../sql.ts'
import { OUTBOX_SQL } from './outbox-sql.ts'

/**
 * Puts the outbox into an application's database: schema `tidegate` with the table `outbox` and the function
 * `tidegate.propose(...)`, which migrations and services call in the transaction of the change itself. Commit is
 * proposed; rollback is never happened. Safe to run again, and by two processes at once.
 *
 * ```sql
 * SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM mailbox.account),
 *   collections => ARRAY['messages'], reason => 'labels were renumbered', expires_in => interval '7 days');
 * SELECT tidegate.propose(cause => 'labels-2023-07', account => account_id, …) FROM mailbox.account WHERE …;
 * SELECT tidegate.propose(cause => 'labels-2023-07', everyone => true, cohorts_below => 0.05,
 *   collections => ARRAY['messages'], from_ordinal => 50000, …);
 * SELECT tidegate.propose(cause => 'bridge-3.4.1', everyone => true, classes => ARRAY['bridge'], versions_below => '3.4.2', …);
 * ```
 *
 * A million accounts are one call with an array: some 2 µs an account, where a call for each costs 25 µs (decision 6).
 * One call appends one row and locks nothing else. Calls of one transaction that differ in their accounts alone become
 * one signal. `action` is `verify` (default) or `refetch`; without `collections` the whole account is meant;
 * `from_ordinal` <= ordinal < `to_ordinal` narrows each of them, and `cohorts_from` <= cohort < `cohorts_below`, within
 * 0..1, the accounts: one side alone leaves the other open. Arguments are checked before anything is written (SQLSTATE 22023); a missing `reason` or `expires_in` is not an error there,
 * because the guard holds such a signal. An empty list of accounts proposes nothing.
 */
export async function installOutbox(sql: Sql): Promise<void> {
  await sql.script(OUTBOX_SQL)
}
