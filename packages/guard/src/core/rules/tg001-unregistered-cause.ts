import { countOf } from '../figures.ts'
import type { Rule } from './rule.ts'

/** Nobody announced the cause, so it has no credit and nothing of it goes out. */
export const unregisteredCause: Rule = {
  ruleId: 'TG001',
  title: 'Unregistered cause',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'Nobody registered the cause, so it has no credit: whatever it proposes is durable and held, and no account is a canary.',
    does: 'Held, without canaries.',
    why: 'A reset that nobody announced is the first sign of a bug, or of a script that somebody ran by hand. Registering takes one call and grants the default credit; signals that were held before stay held.',
    lowerWhen: 'Never: without it an unknown emitter would have the credit of a known one.',
  },
  check({ cause, signal, audience }) {
    if (cause.isRegistered) return null
    return {
      canaryLimit: 0,
      message: `Nobody registered ${signal.causeId}, so it has no credit: ${countOf(audience.accountCount, 'account')} wait, none is a canary.`,
      evidence: { causeId: signal.causeId, audienceAccountCount: audience.accountCount },
      doInstead: `Run \`tidegate check\` on what emits ${signal.causeId}, register the cause with the manifest it writes, and propose again; or let an approver release this signal.`,
    }
  },
}
