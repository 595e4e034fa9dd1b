import type { Rule } from './rule.ts'

/** A row of an outbox that is no proposal: written by hand, or contradicting an earlier one. Rejected, so that the queue goes on. */
export const malformedProposal: Rule = {
  ruleId: 'TG010',
  title: 'Not a proposal',
  severity: 'reject',
  neverBelow: 'reject',
  page: {
    what: 'A row of an outbox cannot be read as a proposal: somebody wrote it by hand, or it repeats an idempotency key with other contents.',
    does: 'Rejected.',
    why: 'The row leaves the outbox and is kept in the ledger as a rejected signal, so that those behind it are not kept waiting.',
    lowerWhen: 'Never: nobody can say what it would let out.',
  },
  check({ signal }) {
    if (signal.malformedBecause === null) return null
    return {
      canaryLimit: 0,
      message: `What was found in the outbox is not a proposal: ${signal.malformedBecause}`,
      evidence: { causeId: signal.causeId, proposalCount: signal.proposalCount },
      doInstead:
        'Write to the outbox through `tidegate.propose(...)` alone: it checks what it is given before the migration commits.',
    }
  },
}
