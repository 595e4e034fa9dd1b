import type { CheckRule } from '../check-facts.ts'
import { countOf, grouped, listOf } from '../figures.ts'

/** Many small causes are one large one: cut into ten, a mass reset is still a mass reset. */
export const globalCreditInAccounts: CheckRule = {
  ruleId: 'TG007',
  title: 'Global credit exceeded in accounts',
  check({ causes, limits, namedAccountCount }) {
    if (namedAccountCount <= limits.globalCreditAccountCount) return []
    if (causes.length < 2) return [] // TG005 says it
    const causeIds = causes.map(({ causeId }) => causeId)
    return [
      {
        ruleId: 'TG007',
        severity: 'hold',
        message:
          `${countOf(causes.length, 'cause')} (${listOf(causeIds)}) together would reach ${countOf(namedAccountCount, 'account')}; all that wait for approval may reach ${grouped(limits.globalCreditAccountCount)} between them.`.slice(
            0,
            1000,
          ),
        evidence: {
          causeCount: causes.length,
          accountCount: namedAccountCount,
          globalCreditAccountCount: limits.globalCreditAccountCount,
        },
        doInstead:
          'If it is one change, propose it under one cause, so that one decision covers it; if not, run one migration after the other.',
      },
    ]
  },
}
