import type { Clock } from '@tidegate/protocol'

/** A burst of decisions is read some forty times a second at most, whatever it writes. */
const SPACING_MS = 25

/**
 * Does something as soon as somebody says that there is news: at once, one pass at a time, and once more for all that was
 * said meanwhile. A pass that fails is left to whoever does the same by the clock.
 *
 * @returns what to call with each piece of news
 */
export function hintedPass(
  pass: () => Promise<unknown>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): () => void {
  let isRunning = false
  let isNewsWaiting = false
  const run = async () => {
    isRunning = true
    while (isNewsWaiting && !signal.aborted) {
      isNewsWaiting = false
      await pass().catch(() => undefined)
      await clock.sleep(SPACING_MS, signal).catch(() => undefined)
    }
    isRunning = false
  }
  return () => {
    isNewsWaiting = true
    if (!isRunning) void run()
  }
}
