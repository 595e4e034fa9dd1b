import { type CheckRule, linesOfSignals } from '../check-facts.ts'
import { countOf, linesText } from '../figures.ts'

/** Whoever asks for whole accounts says why: an operator has to judge it, and the person at the client reads it. */
export const wholeAccountWithoutReason: CheckRule = {
  ruleId: 'TG004',
  title: 'Whole account without a reason',
  check({ causes }) {
    return causes.flatMap(({ causeId, signals }) => {
      const silent = signals.filter(({ scope, reason }) => scope.kind === 'account' && reason === null)
      if (silent.length === 0) return []
      const lines = linesOfSignals(silent)
      return {
        ruleId: 'TG004',
        severity: 'hold',
        message: `${countOf(silent.length, 'signal')} of ${causeId} (${linesText(lines)}) ${silent.length === 1 ? 'is' : 'are'} about the whole account and ${silent.length === 1 ? 'says' : 'say'} no reason.`,
        evidence: { causeId, signalCount: silent.length, lines: lines.join(', ').slice(0, 500) },
        doInstead: `Name the collections that ${causeId} changes (\`collections => ARRAY['messages']\`), so that clients leave the rest alone; or say in \`reason\` why it has to be everything.`,
      }
    })
  },
}
