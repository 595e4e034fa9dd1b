import { bytesText, durationFlag } from '../figures.ts'
import { collectionsArgument, shellWord } from './own-words.ts'
import { type Rule, scopeText, type VerdictFacts } from './rule.ts'
import { worstLoad } from './worst-load.ts'

/**
 * All that a cause's signals may make clients draw from one resource, approved or not, against what one cause may plan
 * there. A credit says how much goes out before a person looks; this says that the whole is too much for the resource.
 */
export const bytesOverBudget: Rule = {
  ruleId: 'TG012',
  title: "Bytes above a resource's budget",
  severity: 'hold',
  page: {
    what: "The cause's signals together may make clients draw more from some resource than one cause may plan there: a quarter of what it serves in an hour (`budgetCapacityPerMille`).",
    does: 'Held, with canaries as the credits allow.',
    why: 'Bytes are predicted from the registry: what the clients of the audience said they hold, as if all of it had to be fetched. One percent of all accounts that live on one shard are that shard’s mass reset, so the worst resource counts, not the sum.',
    lowerWhen:
      'To `note` where releases are planned by somebody who knows the storage. Raise `budgetCapacityPerMille` where a quarter of an hour is nothing.',
  },
  check(facts) {
    const { signal, settings } = facts
    const worst = worstLoad(facts, ({ predictedBytes, load }) => {
      const budgetBytes = Math.floor((load.capacityBytesPerSecond * 3600 * settings.budgetCapacityPerMille) / 1000)
      return { budgetBytes, overBytes: predictedBytes + load.earlierBytes - budgetBytes }
    })
    if (worst === null) return null
    const { resourceId, predictedBytes, load, budgetBytes, overResourceCount } = worst
    const earlier = load.earlierBytes > 0 ? `, after ${bytesText(load.earlierBytes)} of its earlier signals` : ''
    const window = durationFlag(
      ((predictedBytes + load.earlierBytes) / Math.max(1, load.capacityBytesPerSecond)) * 1000,
    )
    return {
      message: `To ${signal.action} ${scopeText(signal.scope)}, ${signal.causeId} may make clients draw ${bytesText(predictedBytes)} from ${resourceId}${earlier}; one cause may plan ${bytesText(budgetBytes)} there.`,
      evidence: {
        resourceId,
        predictedBytes,
        earlierBytes: load.earlierBytes,
        budgetBytes,
        capacityBytesPerSecond: load.capacityBytesPerSecond,
        overResourceCount,
      },
      doInstead: `${lighterText(facts)}If all of it is meant, give ${resourceId} the time for it: \`tidegate approve ${shellWord(signal.causeId)} --window ${window} --reason '…'\`.`,
    }
  },
}

function lighterText({ signal, cause }: VerdictFacts): string {
  if (signal.scope.kind !== 'account') return ''
  return `Name the light collections alone, so that bodies and attachments stay: \`${collectionsArgument(cause)}\`. `
}
