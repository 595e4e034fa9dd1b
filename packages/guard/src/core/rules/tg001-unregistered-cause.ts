import { countOf } from '../figures.ts'
import type { Rule } from './rule.ts'

/** Nobody announced the cause, so it has no credit and nothing of it goes out. */
export const unregisteredCause: Rule = {
  ruleId: 'TG001',
  title: 'Unregistered cause',
  check({ cause, signal, audience }) {
    if (cause.isRegistered) return null
    return {
      canaryLimit: 0,
      finding: {
        ruleId: 'TG001',
        severity: 'hold',
        message: `Nobody registered ${signal.causeId}, so it has no credit: ${countOf(audience.accountCount, 'account')} wait, none is a canary.`,
        evidence: { causeId: signal.causeId, audienceAccountCount: audience.accountCount },
        doInstead: `Run \`tidegate check\` on what emits ${signal.causeId}, register the cause with the manifest it writes, and propose again; or let an approver release this signal.`,
      },
    }
  },
}
