import type { Clock } from '@tidegate/protocol'

// setTimeout takes 31 bits; a longer wait is slept in pieces.
const LONGEST_TIMER_MS = 2_147_483_647

/** The wall clock is set forward by more than this only by hand, or while the device slept. */
const LONGEST_SLEW_MS = 1_000

/**
 * A monotonic clock that goes on while the device sleeps. `performance.now()` stands still then on many of them, and
 * whoever wakes would take an answer of last night for a fresh one (C2). The wall clock knows: where it gets ahead by more
 * than a second, that was slept. Set forward by hand it makes answers older than they are, which only means asking again; set back
 * it changes nothing.
 */
export function sleepCounting(monotonicMs: () => number, wallMs: () => number): () => number {
  let sleptMs = 0
  let aheadMs = wallMs() - monotonicMs()
  return () => {
    const nowMs = monotonicMs()
    const leapMs = wallMs() - nowMs - aheadMs
    if (leapMs > LONGEST_SLEW_MS) sleptMs += leapMs
    if (leapMs > LONGEST_SLEW_MS || leapMs < 0) aheadMs += leapMs
    return nowMs + sleptMs
  }
}

/** The device's monotonic clock: it does not jump back when somebody sets the time. */
export const systemClock: Clock = {
  nowMs: sleepCounting(
    () => performance.now(),
    () => Date.now(),
  ),
  sleep: async (ms, signal) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_TIMER_MS)
      await timer(Math.min(leftMs, LONGEST_TIMER_MS), signal)
  },
}

/**
 * How long until the small hours, on the device's own wall clock: between two and four, when networks are idle.
 *
 * @param chance in [0, 1), spreads a time zone over two hours
 */
export function msUntilTonight(chance: number, now = new Date()): number {
  const tonight = new Date(now)
  tonight.setHours(2, 0, 0, 0)
  if (tonight <= now) tonight.setDate(tonight.getDate() + 1)
  return tonight.getTime() - now.getTime() + Math.round(chance * 7_200_000)
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const giveUp = () => {
      clearTimeout(timeout)
      reject(signal?.reason)
    }
    const timeout = setTimeout(() => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }, ms)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
}
