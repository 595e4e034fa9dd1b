import type { CheckRule } from '../check-facts.ts'
import { countOf, linesText } from '../figures.ts'

/** A row of the outbox that no guard can read: it would be rejected, after the migration has committed. */
export const malformedProposal: CheckRule = {
  ruleId: 'TG010',
  title: 'Not a proposal',
  check({ malformed }) {
    return malformed.slice(0, 3).map(({ because, rowCount, lines }) => ({
      ruleId: 'TG010',
      severity: 'reject',
      message:
        `${countOf(rowCount, 'row')} of the outbox (${linesText(lines)}) cannot be read as a proposal: ${because}`.slice(
          0,
          1000,
        ),
      evidence: { rowCount, lines: lines.join(', ').slice(0, 500) },
      doInstead:
        'Write to the outbox through `tidegate.propose(...)` alone: it checks what it is given before the migration commits.',
    }))
  },
}
