import type { Action, Audience, Credit, EmitWindow, Finding, Manifest, Scope } from '@tidegate/protocol'
import type { AudienceFigures } from '../audience-figures.ts'
import type { Spending } from '../credit.ts'
import { namesText } from '../figures.ts'
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
    /** When it means to emit; null for at any time. */
    readonly window: EmitWindow | null
    /** Of its signals before this one: the collections they named, at most 32, and how many were about whole accounts. */
    readonly earlierScopes: { readonly collections: readonly string[]; readonly wholeAccountCount: number }
    readonly recent: RecentAccounts
    /** Who stopped it, while nobody has approved anything of it since; null for a cause that is not stopped. */
    readonly revoked: { readonly atMs: number; readonly by: string; readonly because: string } | null
  }
  readonly global: { readonly credit: Credit; readonly spent: Spending }
  readonly audience: AudienceFigures
  /** One entry for each of `audience.byResource`, in the same order. */
  readonly loads: readonly ResourceLoad[]
}

/**
 * Distinct accounts that a cause's signals named lately, this one included or not. Beyond `accountsPerMinute` and
 * `accountsPerDay` the earlier ones are not counted on; a signal of more than 1,000 counts with all of its accounts.
 */
export interface RecentAccounts {
  readonly earlierInMinute: number
  readonly inMinute: number
  readonly earlierInDay: number
  readonly inDay: number
}

/** What is on a resource besides the signal. */
export interface ResourceLoad {
  readonly resourceId: string
  readonly capacityBytesPerSecond: number
  /** What the cause's earlier signals were predicted to draw there. */
  readonly earlierBytes: number
  /** What releases that are under way were predicted to draw there. */
  readonly releasingBytes: number
  /** Other causes that would draw from it and wait for a decision. */
  readonly otherHeldCauseCount: number
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

/** What a finding weighs: `reject` ends the signal, `hold` makes it wait for a person, `note` is told and changes nothing. */
export type Severity = Finding['severity']

/** What a rule found. Which rule it was and what that weighs is added by whoever asked it. */
export interface Found {
  /** What is so, with the figures: the cause, the collections, the counts. At most 1,000 characters, as `doInstead`. */
  readonly message: string
  readonly evidence: Finding['evidence']
  /** The safe way out, in the author's own words: their cause, their collections, the line to write instead. */
  readonly doInstead: string
  /** The most canaries it leaves, >= 0; credits, which are the verdict's to keep, may leave fewer. A `note` leaves all. */
  readonly canaryLimit?: number | undefined
  /** Given where this case is a `reject` whatever the rule's findings weigh otherwise. */
  readonly atLeast?: 'reject' | undefined
}

/** A rule's page, `apps/docs/rules/<ruleId>.md`, as far as it is written by hand; the rest is a real run. */
export interface RulePage {
  readonly what: string
  readonly does: string
  readonly why: string
  readonly lowerWhen: string
}

/** What every rule of ours has, whatever it looks at. */
export interface RuleHead {
  readonly ruleId: string
  readonly title: string
  /** What its findings weigh where the team does not say otherwise. */
  readonly severity: Severity
  /** The least that a team may set: without these rules credits and declarations would bind nobody. */
  readonly neverBelow?: 'hold' | 'reject'
  readonly page: RulePage
}

/** One thing that the guard checks of a signal. */
export interface Rule extends RuleHead {
  /** @returns what it found, or null when all is well */
  readonly check: (facts: VerdictFacts) => Found | null
}

/**
 * A rule that a team adds: a function over the same facts. It must be quick, since a verdict holds the ledger while it
 * runs, and it must answer at once: a promise is no answer. What it throws, and what is neither null nor a {@link Found},
 * holds the signal without canaries (G6).
 */
export interface OwnRule {
  /** Letters that say whose it is and three digits, as `ACME001`; `TG` is ours. */
  readonly ruleId: string
  readonly title: string
  /** Default `hold`. */
  readonly severity?: Severity
  readonly check: (facts: VerdictFacts) => Found | null
}

/** `the whole account`, or `messages, bodies`. */
export function scopeText(scope: Scope): string {
  if (scope.kind === 'account') return 'the whole account'
  return namesText(scope.collections.map(({ collection }) => collection))
}
