import { accountsLeft } from '../credit.ts'
import { countOf } from '../figures.ts'
import { type Rule, scopeText } from './rule.ts'

/** More accounts than the cause may let out without approval. */
export const creditInAccounts: Rule = {
  ruleId: 'TG005',
  title: "Cause's credit exceeded in accounts",
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: "The audience is larger than what is left of the cause's credit: 20 accounts and 0.01 % of the active ones, fixed when the cause is registered.",
    does: 'Held, with canaries up to what is left.',
    why: "As many accounts as are left become canaries, in cohort order, spread over the resources; the rest waits for an approval. A credit that is spent stays spent after a revoke, a reject or an expiry; approving the cause's signals gives it back.",
    lowerWhen:
      'Never: it is what stops a burst. The credit itself is a setting (`creditBaseAccountCount`, `creditActiveAccountsPerAccount`).',
  },
  check(facts) {
    const { cause, signal } = facts
    if (!cause.isRegistered) return null // TG001 says it
    const asked = facts.audience.restedAccountCount
    const left = accountsLeft(cause.credit, cause.spent)
    if (asked <= left) return null
    return {
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
    }
  },
}
