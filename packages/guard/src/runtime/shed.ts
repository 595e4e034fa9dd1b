import type { Denial, GuardApi, ServiceName } from '@tidegate/protocol'
import { spreadDelayMs } from '../core/spread-delay.ts'
import type { GuardNode } from './guard-node.ts'

/** A client that was sent away comes back within half a minute of the end, or asks once in a while: operators lift early. */
const SPREAD_MS = 30_000

/** These only tell, or give something back: they cost a storage layer nothing. */
const PASSING: ReadonlySet<keyof GuardApi> = new Set(['report', 'endLease', 'endorsements'])

/**
 * Whether operators took a service off, as far as this node knows, from memory. It holds while the guard observes too: a
 * person said it, no verdict. Not while the guard is off.
 *
 * @param who what tells callers apart, so that they come back one after another
 */
export function shedDenial(node: GuardNode, service: ServiceName, who: string): (Denial & { kind: 'shed' }) | null {
  if (node.isDisabled || node.memory.lastModes().guardMode === 'off') return null
  const shed = node.memory.lastSwitches().shedOf(service, node.wallNowMs())
  if (shed === null) return null
  const retryAfterMs = spreadDelayMs('shed', who, Math.min(Math.ceil(shed.endsInMs), SPREAD_MS), SPREAD_MS)
  return { kind: 'shed', service, retryAfterMs, message: shed.text }
}

/** The denial of one of the guard's own calls, when they are part of a service that is taken off. */
export function shedCall(node: GuardNode, call: keyof GuardApi, who: string): (Denial & { kind: 'shed' }) | null {
  return node.service === null || PASSING.has(call) ? null : shedDenial(node, node.service, who)
}
