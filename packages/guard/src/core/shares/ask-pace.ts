import { position } from '@tidegate/protocol'
import type { ShareState } from './node-shares.ts'
import { MIN_ASK_GAP_MS, RENEW_MS } from './share-terms.ts'

/** A store that is away is tried at least this often, so that one that is back is soon known to be. */
const MAX_RETRY_MS = 4_000

/**
 * How long after one ask to send the next, never less than `MIN_ASK_GAP_MS`. A share that is as it should be is renewed
 * at a quarter of its term, one that is less than what the node could use sooner. A store that fails is tried by one ask
 * at a time, twice as late each time. Nodes come at times of their own, by a hash of their names, so that those that
 * failed together do not return together.
 */
export function nextAskInMs(state: ShareState, holder: string): number {
  const chance = position(`capacity-ask-${state.askNo}`, holder)
  if (state.failedAskCount > 0) {
    const backoffMs = Math.min(MIN_ASK_GAP_MS * 2 ** (state.failedAskCount - 1), MAX_RETRY_MS)
    return backoffMs * (1 + chance / 2)
  }
  const isSettled = state.kind === 'healthy' && state.held?.isSettled === true
  return isSettled ? RENEW_MS * (1 - chance / 5) : MIN_ASK_GAP_MS * (1 + chance / 4)
}
