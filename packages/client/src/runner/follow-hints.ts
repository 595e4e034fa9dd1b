import type { ClientIdentity, Clock, Random } from '@tidegate/protocol'
import { hintAnswered, hintHeard, NO_HINT_YET } from '../core/hint-pace.ts'
import { backoffMs } from '../core/pacing.ts'
import type { Hints } from '../edge/hints.ts'

/** A connection that held so long has shown that the server takes them: its end is no failure in a row. */
const STEADY_AFTER_MS = 60_000

/**
 * Listens for hints until `signal` aborts, connecting again after every end, and asks at the pace of `HintPace`. Never
 * rejects: without hints ordinary responses tell the same, later.
 */
export async function followHints(options: {
  readonly hints: Hints
  readonly client: ClientIdentity
  readonly clock: Clock
  readonly random: Random
  /** Asks the guard what is in force. */
  readonly ask: () => void
  readonly signal: AbortSignal
}): Promise<void> {
  const { hints, client, clock, random, ask, signal } = options
  let pace = NO_HINT_YET
  const heard = () => {
    if (signal.aborted) return
    const before = pace
    pace = hintHeard(pace, { nowMs: clock.nowMs(), chance: random() })
    if (pace === before || pace.dueAtMs === null) return
    const waitMs = Math.max(0, pace.dueAtMs - clock.nowMs())
    clock.sleep(waitMs, signal).then(
      () => {
        pace = hintAnswered(clock.nowMs())
        ask()
      },
      () => undefined, // aborted: nobody is to ask any more
    )
  }
  let failureCount = 0
  while (!signal.aborted) {
    const begunAtMs = clock.nowMs()
    await hints.listen({ client, heard, signal }).catch(() => undefined)
    failureCount = clock.nowMs() - begunAtMs >= STEADY_AFTER_MS ? 1 : failureCount + 1
    await clock.sleep(backoffMs(failureCount, random()), signal).catch(() => undefined)
  }
}
