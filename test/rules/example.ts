import type { LedgerOptions } from '@tidegate/guard'
import type { Cause, ReleasePlan } from '@tidegate/protocol'

/** One thing that happens in an example, in order. */
export type Step =
  | { readonly kind: 'register'; readonly cause: Omit<Partial<Cause>, 'causeId'> & { readonly causeId: string } }
  /** Runs in one transaction on the application's database; then the guard judges what it proposed. */
  | { readonly kind: 'migrate'; readonly sql: string }
  | { readonly kind: 'approve'; readonly causeId: string; readonly plan: ReleasePlan }
  | { readonly kind: 'revoke'; readonly causeId: string; readonly reason: string }
  /** Time passes. */
  | { readonly kind: 'wait'; readonly ms: number }

/** A small run that makes one rule speak. */
export interface Example {
  /** What is so before, in a sentence or two. */
  readonly given: string
  /** The last migration or approval is the one that the page shows. */
  readonly steps: readonly Step[]
  /** The cause whose report is shown. */
  readonly causeId: string
  readonly settings?: LedgerOptions['settings']
  /** The clock at the first step, milliseconds since 1970. */
  readonly startMs?: number
}
