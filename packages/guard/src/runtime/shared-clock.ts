import type { Clock } from '@tidegate/protocol'
import type { Ledger } from '../core/ledger.ts'
import { LedgerClock } from '../core/ledger-clock.ts'
import { withinDeadline } from '../egress/within-deadline.ts'

/** Two machines' clocks differ by so much in health, and their users' patience by more. */
const TOLD_FROM_MS = 2_000

/** As long as a node waits when it reads its ledger. */
const DEADLINE_MS = 2_000

/** The time that all nodes of a ledger go by. */
export interface SharedClock {
  readonly nowMs: () => number
  /** Asks the ledger; until then the machine is believed. @throws what the ledger throws, or an Error when it does not answer in time */
  readonly read: () => Promise<void>
}

/** @param onOff told how far the clock was set, when it was off by more than clocks are */
export function sharedClock(
  ledger: Pick<Ledger, 'readClock'>,
  clock: Clock,
  onOff: (setByMs: number) => void,
): SharedClock {
  const shared = new LedgerClock(Date.now(), clock.nowMs())
  return {
    nowMs: () => shared.nowMs(clock.nowMs()),
    async read() {
      const askedAtMonotonicMs = clock.nowMs()
      const toldMs = await withinDeadline(clock, DEADLINE_MS, ledger.readClock())
      const setByMs = shared.learn({ toldMs, askedAtMonotonicMs, heardAtMonotonicMs: clock.nowMs() })
      if (Math.abs(setByMs) >= TOLD_FROM_MS) onOff(Math.round(setByMs))
    },
  }
}
