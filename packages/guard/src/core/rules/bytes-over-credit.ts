import type { Credit } from '@tidegate/protocol'
import { bytesLeft, type Spending } from '../credit.ts'
import type { VerdictFacts } from './rule.ts'

/** Resources on which an audience would draw more than a credit has left. */
export interface BytesOverCredit {
  readonly overResourceCount: number
  /** The one that is over by most. */
  readonly worst: { readonly resourceId: string; readonly predictedBytes: number; readonly leftBytes: number }
}

export function bytesOverCredit(facts: VerdictFacts, credit: Credit, spent: Spending): BytesOverCredit | null {
  const over = facts.audience.byResource
    .map(({ resourceId, restedPredictedBytes }) => ({
      resourceId,
      predictedBytes: restedPredictedBytes,
      leftBytes: bytesLeft(credit, spent, resourceId),
    }))
    .filter(({ predictedBytes, leftBytes }) => predictedBytes > leftBytes)
    .sort((left, right) => right.predictedBytes - right.leftBytes - (left.predictedBytes - left.leftBytes))
  const worst = over[0]
  return worst ? { overResourceCount: over.length, worst } : null
}
