import {
  type AccountId,
  type ClientIdentity,
  Denied,
  type LeaseEnd,
  type LeaseEndAnswer,
  type LeaseGrant,
  LeaseId,
  type LeasePurpose,
  type LeaseRenewal,
  type LeaseRequest,
  position,
} from '@tidegate/protocol'
import type { Lease } from '../core/admission/lease.ts'
import type { Admitted } from '../core/admission/resync-leases.ts'
import type { InForce } from '../core/in-force.ts'
import { spreadDelayMs } from '../core/spread-delay.ts'
import { toldDurationMs } from '../core/told-duration.ts'
import { recordBegun } from './begun-report.ts'
import { type GuardNode, isEnforcing, knowledgeOf } from './guard-node.ts'
import type { Knowledge } from './node-memory.ts'
import { assertThrottleRoom } from './throttle.ts'

/** Lets a client begin when its signal is in force, its turn has come, and its resource has a share left. */
export async function requestLease(
  node: GuardNode,
  accountId: AccountId,
  { client, purpose, wantBytes }: LeaseRequest,
): Promise<LeaseGrant> {
  const knowledge = knowledgeOf(node, client.clientId)
  if (purpose.kind === 'signal') {
    const { notBeforeInMs } = assertInForce(node, knowledge, { accountId, client, purpose })
    if (notBeforeInMs > 0) throw new Denied({ kind: 'not-your-turn', retryAfterMs: toldDurationMs(notBeforeInMs) })
  }
  const admission = node.admissionOf(accountId)
  const { leases } = admission
  if (isEnforcing(node, knowledge)) assertThrottleRoom(node, admission, { client, accountId })
  const place = position(purpose.kind === 'signal' ? purpose.signalId : purpose.kind, client.clientId)
  const leaseId = LeaseId.parse(node.newId())
  const ask = { leaseId, accountId, client, purpose, wantBytes, place }
  const whenFull = isEnforcing(node, knowledge) ? 'refuse' : 'grant'
  const grant = orDenied(leases.request(ask, node.clock.nowMs(), whenFull))
  if (purpose.kind === 'first-load') {
    // It will hold what it is about to fetch; without this the registry would not know it before its first signal.
    node.sightings.note({ accountId, client, cachedBytes: wantBytes }, node.wallNowMs())
    return grant
  }
  try {
    await recordBegun(node, accountId, client, purpose, wantBytes)
    // While it was written down, the signal may have been revoked.
    assertInForce(node, knowledgeOf(node, client.clientId), { accountId, client, purpose })
    return grant
  } catch (error) {
    const lease = leases.find(leaseId, accountId, node.clock.nowMs())
    if (lease) leases.end(lease, node.clock.nowMs())
    throw error
  }
}

/** Another term for a client that is under way, unless its signal is no longer in force. */
export async function renewLease(
  node: GuardNode,
  accountId: AccountId,
  { leaseId, wantBytes }: LeaseRenewal,
): Promise<LeaseGrant> {
  const knowledge = knowledgeOf(node, accountId)
  const lease = findLease(node, accountId, leaseId)
  if (!lease) throw new Denied({ kind: 'lease-ended' })
  assertMayDraw(node, knowledge, lease)
  const admission = node.admissionOf(accountId)
  if (isEnforcing(node, knowledge)) assertThrottleRoom(node, admission, lease)
  return admission.leases.renew(lease, wantBytes, node.clock.nowMs())
}

export async function endLease(node: GuardNode, accountId: AccountId, { leaseId }: LeaseEnd): Promise<LeaseEndAnswer> {
  const lease = findLease(node, accountId, leaseId)
  return { refundedBytes: lease ? node.admissionOf(accountId).leases.end(lease, node.clock.nowMs()) : 0 }
}

/** The account's running lease of that id. An account that moved to another resource has none there. */
export function findLease(node: GuardNode, accountId: AccountId, leaseId: LeaseId): Lease | null {
  return node.admissionOf(accountId).leases.find(leaseId, accountId, node.clock.nowMs())
}

/** Asked again before every page, so that a revoke stops a client at its next one (G3). */
export function assertMayDraw(node: GuardNode, knowledge: Knowledge, lease: Lease): void {
  const { purpose, client } = lease
  if (purpose.kind === 'first-load') return
  assertInForce(node, knowledge, { accountId: lease.accountId, client, purpose })
}

/** @throws Denied with what an admission said no with */
export function orDenied<Value>(outcome: Admitted<Value>): Value {
  if (outcome.kind === 'refused') throw new Denied(outcome.denial)
  return outcome.value
}

/** @throws Denied `switched-off` while nobody should fetch for any signal, `not-in-force` when not for this one */
function assertInForce(
  node: GuardNode,
  knowledge: Knowledge,
  of: {
    readonly accountId: string
    readonly client: ClientIdentity
    readonly purpose: LeasePurpose & { readonly kind: 'signal' }
  },
): InForce {
  const { accountId, client, purpose } = of
  if (!isEnforcing(node, knowledge) || knowledge.modes.clientMode !== 'enforce') {
    // A switch is thrown back by a person: minutes, not seconds.
    const retryAfterMs = spreadDelayMs('switched-off', client.clientId, 30_000, 30_000)
    throw new Denied({ kind: 'switched-off', retryAfterMs })
  }
  const found = knowledge.index.find(purpose, { accountId, client, nowMs: node.wallNowMs() })
  if (!found) throw new Denied({ kind: 'not-in-force', signalId: purpose.signalId })
  return found
}
