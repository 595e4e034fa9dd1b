import { accountsLeft } from '../credit.ts'
import { countOf } from '../figures.ts'
import type { Rule } from './rule.ts'

/** More accounts than all causes together may have out without approval. */
export const globalCreditInAccounts: Rule = {
  ruleId: 'TG007',
  title: 'Global credit exceeded in accounts',
  check(facts) {
    const { global, signal } = facts
    const asked = facts.audience.restedAccountCount
    const left = accountsLeft(global.credit, global.spent)
    if (asked <= left) return null
    return {
      finding: {
        ruleId: 'TG007',
        severity: 'hold',
        message: `${signal.causeId} asks ${countOf(asked, 'account')}; all unapproved causes together may have ${countOf(global.credit.accountCount, 'account')} in force, and ${left} are left.`,
        evidence: {
          askedAccountCount: asked,
          globalCreditAccountCount: global.credit.accountCount,
          globalSpentAccountCount: global.spent.accountCount,
          leftAccountCount: left,
        },
        doInstead: `Several causes are out at once: approve or revoke those that wait before ${signal.causeId}, and ask whether they belong to one change.`,
      },
    }
  },
}
