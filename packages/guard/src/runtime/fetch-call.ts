import {
  type AccountId,
  Denied,
  type FetchAnswer,
  type FetchRequest,
  INTERACTIVE_FETCH_LIMIT,
} from '@tidegate/protocol'
import { type GuardNode, isEnforcing, knowledgeOf } from './guard-node.ts'
import { isRefusing } from './is-refusing.ts'
import { assertMayDraw, findLease, orDenied } from './lease-calls.ts'
import { beginThrottledPage } from './throttle.ts'

/**
 * Serves payloads: a page against a lease, or a few items to somebody who is looking. What may not be drawn is refused
 * before the source is asked for anything.
 */
export async function fetchItems(node: GuardNode, accountId: AccountId, request: FetchRequest): Promise<FetchAnswer> {
  const { leaseId, ids } = request
  if (leaseId !== undefined) return fetchPage(node, accountId, { ...request, leaseId })
  if (ids.length > INTERACTIVE_FETCH_LIMIT && isRefusing(node)) {
    const message = `Cannot fetch ${ids.length} items without a lease: at most ${INTERACTIVE_FETCH_LIMIT} at once, or ask for a lease`
    throw new Denied({ kind: 'lease-required', message })
  }
  return node.source.fetch(accountId, request, node.settings.interactivePageBytes)
}

async function fetchPage(
  node: GuardNode,
  accountId: AccountId,
  request: FetchRequest & { readonly leaseId: NonNullable<FetchRequest['leaseId']> },
): Promise<FetchAnswer> {
  const knowledge = knowledgeOf(node, accountId)
  const lease = findLease(node, accountId, request.leaseId)
  if (lease) assertMayDraw(node, knowledge, lease)
  if (!isEnforcing(node, knowledge)) return node.source.fetch(accountId, request, node.settings.interactivePageBytes)
  if (!lease) throw new Denied({ kind: 'lease-ended' })
  const admission = node.admissionOf(accountId)
  const throttled = beginThrottledPage(node, admission, lease)
  const begun = admission.leases.beginPage(lease, node.clock.nowMs())
  if (begun.kind === 'refused') node.throttleGate.end(throttled, 0, node.clock.nowMs())
  const permit = orDenied(begun)
  const pageBytes = Math.min(permit.pageBytes, throttled.pageBytes)
  let drawnBytes = pageBytes
  try {
    const answer = await node.source.fetch(accountId, request, pageBytes)
    drawnBytes = answer.items.reduce((sum, item) => sum + item.payloadBytes, 0)
    return answer
  } finally {
    admission.leases.endPage(permit, drawnBytes, node.clock.nowMs())
    node.throttleGate.end(throttled, drawnBytes, node.clock.nowMs())
  }
}
