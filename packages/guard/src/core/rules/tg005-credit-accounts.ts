import { accountsLeft } from '../credit.ts'
import { countOf } from '../figures.ts'
import { type Rule, scopeText } from './rule.ts'

/** More accounts than the cause may let out without approval. */
export const creditInAccounts: Rule = {
  ruleId: 'TG005',
  title: "Cause's credit exceeded in accounts",
  check(facts) {
    const { cause, signal } = facts
    if (!cause.isRegistered) return null // TG001 says it
    const asked = facts.audience.restedAccountCount
    const left = accountsLeft(cause.credit, cause.spent)
    if (asked <= left) return null
    return {
      finding: {
        ruleId: 'TG005',
        severity: 'hold',
        message: `${signal.causeId} asks ${countOf(asked, 'account')} to ${signal.action} ${scopeText(signal.scope)}; ${left} of its credit of ${countOf(cause.credit.accountCount, 'account')} are left.`,
        evidence: {
          askedAccountCount: asked,
          creditAccountCount: cause.credit.accountCount,
          spentAccountCount: cause.spent.accountCount,
          leftAccountCount: left,
        },
        doInstead:
          left > 0
            ? `Look at what the canaries of ${signal.causeId} report, then approve it with a release plan, or revoke it.`
            : `${signal.causeId} has spent its credit: decide about its earlier signals first; approving them gives it back.`,
      },
    }
  },
}
