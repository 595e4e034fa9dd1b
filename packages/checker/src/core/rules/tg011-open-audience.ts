import { type CheckRule, linesOfSignals, scopesText } from '../check-facts.ts'
import { linesText } from '../figures.ts'

/** A predicate: how many accounts it means, only the guard's registry knows. */
export const openAudience: CheckRule = {
  ruleId: 'TG011',
  title: 'Audience that cannot be counted',
  check({ causes }) {
    return causes.flatMap(({ causeId, signals }) => {
      const open = signals.filter(({ isEveryone }) => isEveryone)
      if (open.length === 0) return []
      const lines = linesOfSignals(open)
      return {
        ruleId: 'TG011',
        severity: 'hold',
        message: `${causeId} would tell everyone to verify ${scopesText(open)} (${linesText(lines)}); how many accounts that is, only the guard's registry knows.`,
        evidence: { causeId, signalCount: open.length, lines: lines.join(', ').slice(0, 500) },
        doInstead: `If ${causeId} touches certain accounts only, name them (\`accounts => ARRAY(SELECT …)\`); otherwise have an approver release it in stages.`,
      }
    })
  },
}
