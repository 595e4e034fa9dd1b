import type { Spending } from '../credit.ts'
import { bytesText } from '../figures.ts'
import { bytesOverCredit } from './bytes-over-credit.ts'
import { decideFirst } from './decide-first.ts'
import type { Rule } from './rule.ts'

/** More predicted bytes on a resource than all causes together may let be drawn there without approval. */
export const globalCreditInBytes: Rule = {
  ruleId: 'TG008',
  title: 'Global credit exceeded in bytes',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'On some resource the audience would draw more than all unapproved causes together may still draw there.',
    does: 'Held, with canaries as long as they fit.',
    why: "Five times the bytes of one cause's credit, on each resource, with the same life as the accounts of TG007.",
    lowerWhen: 'Never: it bounds what all emitters together can draw. The factor is a setting (`globalCreditFactor`).',
  },
  check(facts) {
    const { cause, global, signal } = facts
    const over = bytesOverCredit(facts, global.credit, global.spent)
    if (over === null) return null
    const { overResourceCount, worst } = over
    const spentThere = (spent: Spending) => spent.bytesByResource.get(worst.resourceId) ?? 0
    const first = decideFirst(signal.causeId, { all: spentThere(global.spent), own: spentThere(cause.spent) })
    const approve = `pprove ${signal.causeId} with a window in which ${worst.resourceId} can serve ${bytesText(worst.predictedBytes)}, or revoke it.`
    return {
      message: `${signal.causeId} may make clients draw ${bytesText(worst.predictedBytes)} from ${worst.resourceId}; of what all unapproved causes together may draw there, ${bytesText(worst.leftBytes)} are left.`,
      evidence: {
        resourceId: worst.resourceId,
        predictedBytes: worst.predictedBytes,
        leftBytes: worst.leftBytes,
        globalCreditBytesPerResource: global.credit.bytesPerResource,
        overResourceCount,
      },
      doInstead: first ? `${first} Then a${approve}` : `A${approve}`,
    }
  },
}
