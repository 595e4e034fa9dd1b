import type { AccountId } from '@tidegate/protocol'
import { unitsOf } from '../core/admission/operation-cost.ts'
import type { GuardNode } from './guard-node.ts'
import { beginOperation } from './operation.ts'

/**
 * Reads for a client that draws on no lease: charged at the first level with what it is expected to carry, and with what
 * it carried once that is known. An account that reads in bulk so is charged at the lowest level.
 *
 * @throws Denied `no-capacity` before the source is asked
 */
export async function chargedRead<Answer>(
  node: GuardNode,
  accountId: AccountId,
  of: {
    readonly expectedBytes: number
    readonly read: () => Promise<Answer>
    readonly bytesOf: (answer: Answer) => number
  },
): Promise<Answer> {
  const units = unitsOf(node.operationCosts, 'read', of.expectedBytes)
  const operation = beginOperation(node, { accountId, units })
  let drawnUnits = units
  try {
    const answer = await of.read()
    drawnUnits = unitsOf(node.operationCosts, 'read', of.bytesOf(answer))
    return answer
  } finally {
    operation.end(drawnUnits)
  }
}
