import type { SourcePlace } from './source-text.ts'

/**
 * A way in which signals could have escaped the count. Any one of them makes a check inconclusive (K2), because a figure
 * that may be too small is worse than none.
 *
 * `triggers`: triggers were switched off, changed or dropped. `capture`: the outbox, `tidegate.propose` or a function that
 * calls it was changed. `outside`: the migration reaches for another database or file. `nothing-proposed`: it
 * would propose, and the dry run's data gave it nothing to propose for.
 */
export interface Suspicion {
  readonly kind: 'triggers' | 'capture' | 'outside' | 'nothing-proposed'
  /** What was seen, as a clause: `triggers of mailbox.message were switched off`. */
  readonly what: string
  /** Of the statement; null when it was noticed only at the end. */
  readonly place: SourcePlace | null
}
