import type { Clock } from '@tidegate/protocol'

// setTimeout takes 31 bits; a longer wait is slept in pieces.
const LONGEST_TIMER_MS = 2_147_483_647

/** The device's monotonic clock: it does not jump when somebody sets the time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
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
