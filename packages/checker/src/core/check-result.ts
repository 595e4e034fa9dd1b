import type { Finding, Manifest } from '@tidegate/protocol'
import type { CauseFacts, CheckLimits } from './check-facts.ts'
import type { CheckFailure } from './check-failure.ts'

/** What a dry run showed. The same migration, schema and options always give the same bytes (K3): it holds no time and no machine. */
export interface CheckRun {
  /** SHA-256 of the migration file, lower-case hex. */
  readonly sourceSha256: string
  readonly statementCount: number
  readonly limits: CheckLimits
  /** In the order of their ids; empty when nothing was proposed. */
  readonly causes: readonly CauseFacts[]
  readonly findings: readonly Finding[]
}

/**
 * `allow`: no signals, or so few that no approval is needed. `block`: somebody has to decide first; the findings say
 * why. `inconclusive`: signals may have escaped the count, so what was seen is a lower bound and there is no manifest (K2).
 * `could-not-run`: nothing is known.
 */
export type CheckResult =
  | (CheckRun & { readonly kind: 'allow' | 'block'; readonly manifests: readonly Manifest[] })
  | (CheckRun & { readonly kind: 'inconclusive' })
  | { readonly kind: 'could-not-run'; readonly failure: CheckFailure }

/** The process exit code of each outcome. */
export const CHECK_EXIT_CODES = {
  allow: 0,
  block: 1,
  'could-not-run': 2,
  inconclusive: 3,
} as const satisfies Record<CheckResult['kind'], number>
