import { bytesText } from '../figures.ts'
import { bytesOverCredit } from './bytes-over-credit.ts'
import { type Rule, scopeText } from './rule.ts'

/** More predicted bytes on a resource than the cause may let be drawn there without approval. */
export const creditInBytes: Rule = {
  ruleId: 'TG006',
  title: "Cause's credit exceeded in bytes",
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: "On some resource the audience would draw more than is left of the cause's credit in bytes: 0.1 % of what the smallest resource serves in an hour, on each resource.",
    does: 'Held, with canaries as long as they fit.',
    why: "Predicted is what the account's active clients said they hold (those that the filters let in); an account without an active client counts with `unknownAccountBytes`, 10 MB by default. Every action and scope is predicted alike, as if all of it had to be fetched.",
    lowerWhen:
      'Never: twenty accounts with huge mailboxes on one shard are a burst too. The credit itself is a setting (`creditCapacityPerMille`).',
  },
  check(facts) {
    const { cause, signal } = facts
    if (!cause.isRegistered) return null // TG001 says it
    const over = bytesOverCredit(facts, cause.credit, cause.spent)
    if (over === null) return null
    const { overResourceCount, worst } = over
    return {
      message: `To ${signal.action} ${scopeText(signal.scope)}, ${signal.causeId} may make clients draw ${bytesText(worst.predictedBytes)} from ${worst.resourceId}; ${bytesText(worst.leftBytes)} of its credit are left there.`,
      evidence: {
        resourceId: worst.resourceId,
        predictedBytes: worst.predictedBytes,
        leftBytes: worst.leftBytes,
        creditBytesPerResource: cause.credit.bytesPerResource,
        overResourceCount,
      },
      doInstead: `Let ${signal.causeId} name the light collections alone, so that bodies and attachments stay; or approve it with a window in which ${worst.resourceId} can serve ${bytesText(worst.predictedBytes)}.`,
    }
  },
}
