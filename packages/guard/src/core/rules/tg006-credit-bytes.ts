import { bytesText } from '../figures.ts'
import { bytesOverCredit } from './bytes-over-credit.ts'
import { type Rule, scopeText } from './rule.ts'

/** More predicted bytes on a resource than the cause may let be drawn there without approval. */
export const creditInBytes: Rule = {
  ruleId: 'TG006',
  title: "Cause's credit exceeded in bytes",
  check(facts) {
    const { cause, signal } = facts
    if (!cause.isRegistered) return null // TG001 says it
    const over = bytesOverCredit(facts, cause.credit, cause.spent)
    if (over === null) return null
    const { overResourceCount, worst } = over
    return {
      finding: {
        ruleId: 'TG006',
        severity: 'hold',
        message: `To ${signal.action} ${scopeText(signal.scope)}, ${signal.causeId} may make clients draw ${bytesText(worst.predictedBytes)} from ${worst.resourceId}; ${bytesText(worst.leftBytes)} of its credit are left there.`,
        evidence: {
          resourceId: worst.resourceId,
          predictedBytes: worst.predictedBytes,
          leftBytes: worst.leftBytes,
          creditBytesPerResource: cause.credit.bytesPerResource,
          overResourceCount,
        },
        doInstead: `Let ${signal.causeId} name the light collections alone, so that bodies and attachments stay; or approve it with a window in which ${worst.resourceId} can serve ${bytesText(worst.predictedBytes)}.`,
      },
    }
  },
}
