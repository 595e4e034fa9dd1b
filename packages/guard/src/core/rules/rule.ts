import type { Action, Audience, Credit, Finding, Manifest, Scope } from '@tidegate/protocol'
import type { AudienceFigures } from '../audience-figures.ts'
import type { Spending } from '../credit.ts'
import type { LedgerSettings } from '../ledger-settings.ts'

/** Everything a verdict is made of, read under the ledger's row lock. Rules see nothing else. */
export interface VerdictFacts {
  readonly nowMs: number
  readonly settings: LedgerSettings
  readonly signal: ProposedSignal
  readonly cause: {
    readonly isRegistered: boolean
    readonly manifest: Manifest | null
    readonly credit: Credit
    /** What its unapproved signals took before this one; approval gives it back, nothing else does. */
    readonly spent: Spending
    /** Of its signals before this one: rows that `propose` wrote, and distinct accounts. */
    readonly earlierProposalCount: number
    readonly earlierAccountCount: number
    /** Distinct accounts of all its signals, this one included. */
    readonly accountCount: number
  }
  readonly global: { readonly credit: Credit; readonly spent: Spending }
  readonly audience: AudienceFigures
}

export interface ProposedSignal {
  readonly signalId: string
  readonly causeId: string
  readonly action: Action
  readonly scope: Scope
  readonly isEveryone: boolean
  readonly filter: Pick<Audience, 'clientClasses' | 'appVersions' | 'cohorts'>
  readonly reason: string | null
  readonly expiresInMs: number | null
  readonly proposedAtMs: number
  /** Rows that `propose` wrote for it. */
  readonly proposalCount: number
  /** Why it could not be read as a proposal; null for one that could. */
  readonly malformedBecause: string | null
}

/** What a rule found, and how many canaries it leaves the signal beyond what credits say, which are the verdict's to keep. */
export interface RuleResult {
  readonly finding: Finding
  readonly canaryLimit?: number
}

/** One thing that the guard checks. Its page is `apps/docs/rules/<ruleId>.md`. */
export interface Rule {
  readonly ruleId: string
  readonly title: string
  /** @returns what it found, or null when all is well */
  readonly check: (facts: VerdictFacts) => RuleResult | null
}

/** `the whole account`, or `messages and bodies`. */
export function scopeText(scope: Scope): string {
  if (scope.kind === 'account') return 'the whole account'
  return scope.collections.map(({ collection }) => collection).join(', ')
}
