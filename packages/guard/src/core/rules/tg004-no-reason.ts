import { countOf } from '../figures.ts'
import type { Rule } from './rule.ts'

/** Whoever asks for a whole account says why: an operator has to judge it, and the person at the client reads it. */
export const wholeAccountWithoutReason: Rule = {
  ruleId: 'TG004',
  title: 'Whole account without a reason',
  check({ signal, audience }) {
    if (signal.scope.kind !== 'account' || signal.reason !== null) return null
    return {
      canaryLimit: 0,
      finding: {
        ruleId: 'TG004',
        severity: 'hold',
        message: `${signal.causeId} asks ${countOf(audience.accountCount, 'account')} to ${signal.action} the whole account and says no reason.`,
        evidence: { audienceAccountCount: audience.accountCount, action: signal.action },
        doInstead: `Name the collections that ${signal.causeId} changed (\`collections => ARRAY['messages']\`), so that clients leave the rest alone; or say in \`reason\` why it has to be everything.`,
      },
    }
  },
}
