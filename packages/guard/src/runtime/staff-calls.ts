import {
  type Actor,
  Denied,
  type Modes,
  type SetModes,
  type SetSwitch,
  type Status,
  type StatusRequest,
  type SwitchAnswer,
} from '@tidegate/protocol'
import type { SetSwitches } from '../core/ledger.ts'
import { shownSwitch } from '../core/switches/switch-record.ts'
import { type GuardNode, onLedger } from './guard-node.ts'

/** Takes a decision in the ledger, then looks at once, so that it holds on this node when the answer is out. */
export async function decide<Result>(node: GuardNode, by: Actor, decision: () => Promise<Result>): Promise<Result> {
  const result = await onLedger(node, by, decision)
  try {
    await node.memory.refresh()
  } catch (error) {
    // The decision stands; the loop tries again within its interval, and an old memory confirms nothing for long.
    node.log('ledger.decision-unread', { error })
  }
  return result
}

export async function setModes(node: GuardNode, by: Actor, modes: SetModes): Promise<Modes> {
  const { guardMode, clientMode, reason } = modes
  const changed = { reason, ...(guardMode && { guardMode }), ...(clientMode && { clientMode }) }
  const result = await decide(node, by, () => node.ledger.setModes(changed, by, node.wallNowMs()))
  // Not before this node has read it: the off switch must not open for the time between.
  if (guardMode && node.memory.knowledge()?.modes.guardMode === guardMode) node.isDisabled = false
  return result
}

/** A switch that would be in force and do nothing is refused. @throws Denied `conflict` for a ramp: no resource of a node has one to follow */
export function workingSwitch(setting: SetSwitch): SetSwitch {
  const { effect } = setting
  if (effect.kind !== 'ramp') return setting
  throw new Denied({
    kind: 'conflict',
    message: `Cannot ramp ${effect.resourceId}: this guard opens resources at once`,
  })
}

/** Sets or lifts a switch: it holds on this node when the answer is out. */
export async function changeSwitch(
  node: GuardNode,
  by: Actor,
  change: () => Promise<SetSwitches>,
): Promise<SwitchAnswer> {
  const { changed, inForce } = await decide(node, by, change)
  const nowMs = node.wallNowMs()
  return {
    switch: shownSwitch(changed, nowMs),
    inForce: inForce.map((record) => shownSwitch(record, nowMs)),
    guardMode: node.isDisabled ? 'off' : node.memory.lastModes().guardMode,
    serverNowMs: Math.floor(nowMs),
  }
}

/** Everything an operator needs at a glance: the ledger's view, and what runs on this node. */
export async function status(node: GuardNode, by: Actor, { onlyHeld }: StatusRequest): Promise<Status> {
  const overview = await onLedger(node, by, () => node.ledger.overview(node.wallNowMs()))
  const nowMs = node.clock.nowMs()
  const running = node.admissions.flatMap((admission) =>
    admission.leases.running(nowMs).map((lease) => ({ lease, resourceId: admission.resourceId })),
  )
  return {
    epoch: overview.epoch,
    guardMode: node.isDisabled ? 'off' : overview.modes.guardMode,
    clientMode: overview.modes.clientMode,
    serverNowMs: Math.floor(node.wallNowMs()),
    activeAccountCount: overview.activeAccountCount,
    activeClientCount: overview.activeClientCount,
    globalCredit: overview.globalCredit,
    globalCreditSpentAccountCount: overview.globalCreditSpentAccountCount,
    resources: node.admissions.map((admission) => ({
      resourceId: admission.resourceId,
      capacityBytesPerSecond: admission.capacityBytesPerSecond,
      leasedBytesPerSecond: admission.figures(nowMs).leasedBytesPerSecond,
      activeAccountCount: overview.activeAccountsByResource.get(admission.resourceId) ?? 0,
    })),
    causes: overview.causes
      .filter(({ totals }) => !onlyHeld || totals.some(({ state }) => state === 'held' || state === 'paused'))
      .slice(0, 1000),
    switches: overview.switches.map((record) => shownSwitch(record, node.wallNowMs())),
    resyncs: running.slice(0, 1000).map(({ lease, resourceId }) => ({
      leaseId: lease.leaseId,
      accountId: lease.accountId,
      clientId: lease.client.clientId,
      clientClass: lease.client.clientClass,
      resourceId,
      signalId: lease.purpose.kind === 'signal' ? lease.purpose.signalId : null,
      servedBytes: lease.servedBytes,
      wantBytes: lease.wantBytes,
      endsInMs: Math.max(0, Math.ceil(lease.endsAtMs - nowMs)),
    })),
  }
}
