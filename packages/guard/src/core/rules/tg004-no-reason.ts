import { countOf } from '../figures.ts'
import { collectionsArgument } from './own-words.ts'
import type { Rule } from './rule.ts'

/** Whoever asks for a whole account says why: an operator has to judge it, and the person at the client reads it. */
export const wholeAccountWithoutReason: Rule = {
  ruleId: 'TG004',
  title: 'Whole account without a reason',
  severity: 'hold',
  page: {
    what: 'A signal over the whole account must say why; one over named collections may leave the reason out.',
    does: 'Held, without canaries.',
    why: 'The reason is what an operator judges the signal by, and what a person at the client reads before consenting.',
    lowerWhen: 'To `note` where a change request is always at hand and people at the clients are never asked.',
  },
  check({ signal, audience, cause }) {
    if (signal.scope.kind !== 'account' || signal.reason !== null) return null
    return {
      canaryLimit: 0,
      message: `${signal.causeId} asks ${countOf(audience.accountCount, 'account')} to ${signal.action} the whole account and says no reason.`,
      evidence: { audienceAccountCount: audience.accountCount, action: signal.action },
      doInstead: `Name the collections that ${signal.causeId} changed (\`${collectionsArgument(cause)}\`), so that clients leave the rest alone; or say in \`reason\` why it has to be everything.`,
    }
  },
}
