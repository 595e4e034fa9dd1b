import type { Finding, SignalState, Verdict } from '@tidegate/protocol'
import { type AudienceAccount, chooseCanaries } from './canaries.ts'
import { leftOfBoth } from './credit.ts'
import { askRule } from './rules/ask-rule.ts'
import type { VerdictFacts } from './rules/rule.ts'
import type { RuleBook } from './rules/rule-book.ts'
import { malformedProposal } from './rules/tg010-malformed.ts'

/** What a signal was judged to be, and which accounts that puts in force. */
export interface Judgement {
  readonly verdict: Verdict
  readonly state: SignalState
  /** In force by name from now on: the whole audience after `release`, the canaries after `hold`. */
  readonly named: readonly AudienceAccount[]
  readonly expiresAtMs: number
  /** What a resync of the whole audience would draw, by resource. */
  readonly predicted: readonly { resourceId: string; accountCount: number; payloadBytes: number }[]
}

/**
 * The verdict on one signal (G1). Decides nothing but what the facts say, so the caller must have read them, and must
 * write the outcome, under one lock.
 *
 * `reject` when a rule rejects; else `release` when no rule holds it; else `hold`, with as many canaries as the cause's
 * and the global credit have left and the rules leave it. A `note` changes nothing.
 */
export function judgeSignal(facts: VerdictFacts, book: RuleBook): Judgement {
  // Of what is no proposal there is nothing else to say.
  const rules =
    facts.signal.malformedBecause === null
      ? book.signal
      : [{ rule: malformedProposal, severity: malformedProposal.severity, isOwn: false }]
  const results = rules.map((rule) => askRule(rule, facts, facts.signal.causeId)).filter((result) => result !== null)
  const findings = results.map(({ finding }) => finding)
  const kind = verdictKind(findings)
  const { cause, global, signal, audience } = facts
  const left = leftOfBoth(cause, global)
  const named =
    kind === 'reject'
      ? []
      : chooseCanaries(audience.candidates, {
          signalId: signal.signalId,
          accountLimit: Math.min(left.accountLimit, ...results.map(({ canaryLimit }) => canaryLimit)),
          bytesLeftOn: left.bytesLeftOn,
        })
  return {
    verdict: {
      kind,
      findings,
      canaryAccountCount: named.length,
      heldAccountCount: audience.accountCount - named.length,
    },
    state: kind === 'reject' ? 'rejected' : kind === 'release' ? 'released' : 'held',
    named,
    expiresAtMs: signal.proposedAtMs + Math.min(signal.expiresInMs ?? Infinity, facts.settings.longestExpiryMs),
    predicted: audience.byResource.map(({ resourceId, accountCount, predictedBytes }) => ({
      resourceId,
      accountCount,
      payloadBytes: predictedBytes,
    })),
  }
}

function verdictKind(findings: readonly Finding[]): Verdict['kind'] {
  if (findings.some(({ severity }) => severity === 'reject')) return 'reject'
  return findings.some(({ severity }) => severity === 'hold') ? 'hold' : 'release'
}
