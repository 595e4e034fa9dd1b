import type { Clock, ResourceId } from '@tidegate/protocol'
import type { CapacityStore } from '../capacity/capacity-store.ts'
import { nextAskInMs } from '../core/shares/ask-pace.ts'
import type { Moment } from '../core/shares/moment.ts'
import {
  beginAsk,
  failed,
  hear,
  leave,
  newShareState,
  type ShareState,
  settle,
  unitsAt,
} from '../core/shares/node-shares.ts'
import { type ShareFigures, shareFigures } from '../core/shares/share-figures.ts'
import { STORE_DEADLINE_MS } from '../core/shares/share-terms.ts'
import { withinDeadline } from '../egress/within-deadline.ts'
import { type ShareOptions, shareNodeOf } from './share-options.ts'

export interface RunningShares {
  /**
   * What this node may admit of a resource now, in cost units per second; 0 without a slot. From memory, without waiting,
   * and right at the first look after any pause: to be asked before every page.
   *
   * @param nowMs what the clock shows, of a caller that has just read it; the time of day is read in any case
   */
  unitsPerSecond(resourceId: ResourceId, nowMs?: number): number
  figures(): ShareFigures
  /** Admits nothing from here on and gives the slot back, so that another process may have it at once. Never fails: a store out of reach finds out in time. */
  stop(): Promise<void>
}

/** With so many exchanges that have not come back, no more are begun: they would only queue up before a store that is frozen. */
const MAX_EXCHANGES_UNDER_WAY = 2

/**
 * Keeps a node's shares of its resources up to date, from now until `stop`.
 *
 * @throws RangeError for a slot, capacities or a safe ratio out of their range
 */
export function runShares(
  options: ShareOptions & { readonly store: CapacityStore; readonly clock: Clock },
): RunningShares {
  const { store, clock, demandOf, systemNowMs = Date.now, onChange = () => undefined } = options
  const node = shareNodeOf(options)
  const now = (): Moment => ({ monotonicMs: clock.nowMs(), systemMs: systemNowMs() })
  const stopped = new AbortController()
  let state = newShareState(now())
  let underWayCount = 0

  const figures = () => shareFigures(state, node, now())
  const become = (next: ShareState, error?: unknown) => {
    const isChange = next.kind !== state.kind || next.because !== state.because
    state = next
    if (isChange) onChange(figures(), error)
  }
  const exchange = async () => {
    if (underWayCount >= MAX_EXCHANGES_UNDER_WAY) {
      throw new Error(`Cannot ask the capacity store: ${underWayCount} exchanges have not come back`)
    }
    const begun = beginAsk(state, node, demandOf, now())
    become(begun.state)
    underWayCount += 1
    try {
      const answer = await store.exchange(begun.ask)
      // Also when nobody waits any more: it counts from when it was asked for, unless another was since.
      become(hear(state, begun.ask.askNo, answer, now()))
    } finally {
      underWayCount -= 1
    }
  }
  const run = async () => {
    while (!stopped.signal.aborted) {
      try {
        await withinDeadline(clock, STORE_DEADLINE_MS, exchange())
      } catch (error) {
        if (!stopped.signal.aborted) become(failed(settle(state, now())), error)
      }
      await clock.sleep(nextAskInMs(state, node.holder), stopped.signal).catch(() => undefined)
    }
  }
  void run()

  return {
    unitsPerSecond: (resourceId, nowMs = clock.nowMs()) =>
      unitsAt(state, resourceId, { monotonicMs: nowMs, systemMs: systemNowMs() }),
    figures,
    async stop() {
      if (stopped.signal.aborted) return
      stopped.abort()
      become(leave(state, now()))
      await withinDeadline(clock, STORE_DEADLINE_MS, exchange()).catch(() => undefined)
    },
  }
}
