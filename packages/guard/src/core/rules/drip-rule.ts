import { accountsLeft } from '../credit.ts'
import { countOf } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { RecentAccounts, Rule, RulePage, VerdictFacts } from './rule.ts'

/** A rule about how many accounts a cause names in some time although each of its signals stays under the credit. */
export function dripRule(kind: {
  readonly ruleId: string
  readonly title: string
  readonly page: RulePage
  readonly span: string
  readonly limitOf: (settings: VerdictFacts['settings']) => number
  readonly countsOf: (recent: RecentAccounts) => { readonly earlier: number; readonly all: number }
}): Rule {
  const { ruleId, title, page, span, limitOf, countsOf } = kind
  return {
    ruleId,
    title,
    severity: 'hold',
    page,
    check({ cause, signal, settings, audience }) {
      const limit = limitOf(settings)
      const { earlier, all } = countsOf(cause.recent)
      const isUnderCredit = audience.restedAccountCount <= accountsLeft(cause.credit, cause.spent)
      if (all <= limit || !cause.isRegistered || !isUnderCredit) return null // TG001 and TG005 say it
      return {
        canaryLimit: Math.max(0, limit - earlier),
        message: `${signal.causeId} names ${countOf(audience.accountCount, 'account')}, and with its earlier signals more than ${countOf(limit, 'account')} within ${span}, although each signal stays under its credit of ${countOf(cause.credit.accountCount, 'account')}.`,
        evidence: {
          audienceAccountCount: audience.accountCount,
          earlierAccountCount: earlier,
          limitAccountCount: limit,
          creditAccountCount: cause.credit.accountCount,
        },
        doInstead: `If ${signal.causeId} is a loop, end it and revoke what it proposed: \`tidegate revoke ${shellWord(signal.causeId)} --reason '…'\`. If it is one change, propose it in one call (\`accounts => ARRAY(SELECT …)\`) and let an approver release it in stages.`,
      }
    },
  }
}
