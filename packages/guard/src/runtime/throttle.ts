import { Denied } from '@tidegate/protocol'
import type { Lease, LeaseAsk } from '../core/admission/lease.ts'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import { spreadDelayMs } from '../core/spread-delay.ts'
import type { ThrottlePermit } from '../core/switches/throttle-gate.ts'
import type { GuardNode } from './guard-node.ts'

/**
 * Refuses a lease, new or for another term, while the others under one of its throttles hold their share already: idle
 * rates of a class that is slowed down must not keep the rest waiting. One always goes on, unless the share is nothing.
 *
 * @throws Denied `no-capacity`
 */
export function assertThrottleRoom(
  node: GuardNode,
  admission: ResourceAdmission,
  { client, accountId }: Pick<LeaseAsk, 'client' | 'accountId'>,
): void {
  const board = node.memory.lastSwitches()
  const { resourceId, unitsPerSecond } = admission
  const throttlesOf = (clientClass: string) => board.throttlesOf({ resourceId, clientClass }, node.wallNowMs())
  for (const { switchNo, toRatio } of throttlesOf(client.clientClass)) {
    const others = admission.leases
      .running(node.clock.nowMs())
      .filter(
        (lease) =>
          !(lease.accountId === accountId && lease.client.clientId === client.clientId) &&
          throttlesOf(lease.client.clientClass).some((throttle) => throttle.switchNo === switchNo),
      )
    const heldBytesPerSecond = others.reduce((sum, lease) => sum + lease.bytesPerSecond, 0)
    if (heldBytesPerSecond >= unitsPerSecond * toRatio) throw throttled(client.clientId, toRatio)
  }
}

/** Reserves a page of a lease with the throttles that it is subject to. @throws Denied `no-capacity` while they have none left */
export function beginThrottledPage(node: GuardNode, admission: ResourceAdmission, lease: Lease): ThrottlePermit {
  const { resourceId, unitsPerSecond } = admission
  const { clientClass, clientId } = lease.client
  const begun = node.throttleGate.tryBegin(
    node.memory.lastSwitches(),
    { resource: { resourceId, bytesPerSecond: unitsPerSecond }, clientClass },
    lease.pageBytes,
    { nowMs: node.clock.nowMs(), wallNowMs: node.wallNowMs() },
  )
  if ('pageBytes' in begun) return begun
  if (begun.waitMs === null) throw throttled(clientId, 0)
  throw new Denied({ kind: 'no-capacity', retryAfterMs: begun.waitMs })
}

/** Within a term of leases a share is passed on. Where there is none, an operator's decision is waited for: half a minute and more. */
function throttled(clientId: string, toRatio: number): Denied {
  const [baseMs, spanMs] = toRatio === 0 ? [30_000, 30_000] : [4_000, 8_000]
  return new Denied({ kind: 'no-capacity', retryAfterMs: spreadDelayMs('throttled', clientId, baseMs, spanMs) })
}
