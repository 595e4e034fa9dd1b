import type { Rule } from './rule.ts'

/** A row of an outbox that is no proposal: written by hand, or contradicting an earlier one. Rejected, so that the queue goes on. */
export const malformedProposal: Rule = {
  ruleId: 'TG010',
  title: 'Not a proposal',
  check({ signal }) {
    if (signal.malformedBecause === null) return null
    return {
      canaryLimit: 0,
      finding: {
        ruleId: 'TG010',
        severity: 'reject',
        message: `What was found in the outbox is not a proposal: ${signal.malformedBecause}`.slice(0, 1000),
        evidence: { causeId: signal.causeId, proposalCount: signal.proposalCount },
        doInstead:
          'Write to the outbox through `tidegate.propose(...)` alone: it checks what it is given before the migration commits.',
      },
    }
  },
}
