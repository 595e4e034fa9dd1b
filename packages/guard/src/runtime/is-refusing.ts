import { type GuardNode, isEnforcing } from './guard-node.ts'

/** Whether what there is no room for is refused. Out of reach of its ledger a node still keeps its limits: they need no ledger. */
export function isRefusing(node: GuardNode): boolean {
  const knowledge = node.memory.knowledge()
  return knowledge ? isEnforcing(node, knowledge) : !node.isDisabled
}
