import { accountsLeft } from '../credit.ts'
import { countOf } from '../figures.ts'
import { decideFirst } from './decide-first.ts'
import type { Rule } from './rule.ts'

/** More accounts than all causes together may have out without approval. */
export const globalCreditInAccounts: Rule = {
  ruleId: 'TG007',
  title: 'Global credit exceeded in accounts',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'All causes together may have five credits in force without approval, and the audience is larger than what is left of that.',
    does: 'Held, with canaries up to what is left.',
    why: 'Cut into a hundred causes, a mass reset is still one. The global credit is granted anew whenever nothing unapproved is in force, from the accounts that are active then, and stands still while anything is. A revoked, rejected or expired signal gives it back.',
    lowerWhen: 'Never: it bounds what all emitters together can do. The factor is a setting (`globalCreditFactor`).',
  },
  check(facts) {
    const { cause, global, signal } = facts
    const asked = facts.audience.restedAccountCount
    const left = accountsLeft(global.credit, global.spent)
    if (asked <= left) return null
    return {
      message: `${signal.causeId} asks ${countOf(asked, 'account')}; all unapproved causes together may have ${countOf(global.credit.accountCount, 'account')} in force, and ${left} are left.`,
      evidence: {
        askedAccountCount: asked,
        globalCreditAccountCount: global.credit.accountCount,
        globalSpentAccountCount: global.spent.accountCount,
        leftAccountCount: left,
      },
      doInstead:
        decideFirst(signal.causeId, { all: global.spent.accountCount, own: cause.spent.accountCount }) ??
        `Nothing else is out: ${signal.causeId} alone is more than may go unapproved. Look at what its canaries report, then approve it with a release plan, or revoke it.`,
    }
  },
}
