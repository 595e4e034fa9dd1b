import { type CheckRule, linesOfSignals, scopesText } from '../check-facts.ts'
import { countOf, grouped, linesText, listOf } from '../figures.ts'

/** More accounts than a cause may reach without approval: the rest would wait for a person, so the person should know first. */
export const creditInAccounts: CheckRule = {
  ruleId: 'TG005',
  title: "Cause's credit exceeded in accounts",
  check({ causes, limits }) {
    const { activeAccountCount, creditAccountCount } = limits
    return causes.flatMap(({ causeId, signals, namedAccountCount, firstAccountIds }) => {
      if (namedAccountCount <= creditAccountCount) return []
      const scope = scopesText(signals)
      const actions = [...new Set(signals.map(({ action }) => action))].sort().join(' and ')
      const lines = linesOfSignals(signals)
      return {
        ruleId: 'TG005',
        severity: 'hold',
        message:
          `${causeId} would tell ${countOf(namedAccountCount, 'account')} to ${actions} ${scope} (${linesText(lines)}): ${listOf(firstAccountIds, namedAccountCount)}. Without approval a cause may reach ${grouped(creditAccountCount)}.`.slice(
            0,
            1000,
          ),
        evidence: {
          causeId,
          accountCount: namedAccountCount,
          creditAccountCount,
          activeAccountCount,
          scope: scope.slice(0, 500),
          lines: lines.join(', ').slice(0, 500),
        },
        doInstead: `Propose for the accounts whose stored content changes, and for no others: a row that was only rewritten needs no signal. If all ${grouped(namedAccountCount)} are meant, register ${causeId} with this manifest, and have an approver release it in stages.`,
      }
    })
  },
}
