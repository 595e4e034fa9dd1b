import {
  type AccountId,
  Denied,
  type FetchAnswer,
  type FetchRequest,
  INTERACTIVE_FETCH_LIMIT,
} from '@tidegate/protocol'
import { chargedRead } from './charged-read.ts'
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
  return fetchWithoutLease(node, accountId, request)
}

async function fetchWithoutLease(node: GuardNode, accountId: AccountId, request: FetchRequest): Promise<FetchAnswer> {
  const { collection, ids } = request
  const { interactivePageBytes } = node.settings
  return chargedRead(node, accountId, {
    expectedBytes: Math.min(node.meanSizes.expectedBytes(collection, ids.length), interactivePageBytes),
    read: () => node.source.fetch(accountId, request, interactivePageBytes),
    bytesOf({ items }) {
      const bytes = payloadBytesOf(items)
      node.meanSizes.note(collection, items.length, bytes)
      return bytes
    },
  })
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
    drawnBytes = payloadBytesOf(answer.items)
    return answer
  } finally {
    admission.leases.endPage(permit, drawnBytes, node.clock.nowMs())
    node.throttleGate.end(throttled, drawnBytes, node.clock.nowMs())
  }
}

function payloadBytesOf(items: FetchAnswer['items']): number {
  return items.reduce((sum, item) => sum + item.payloadBytes, 0)
}
