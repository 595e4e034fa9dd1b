import type { Clock } from '@tidegate/protocol'
import type { GuardLog } from './guard-log.ts'

/** Something a node does over and over. */
export interface Loop {
  /** As in "Cannot judge proposals": what it could not do when it fails. */
  readonly task: string
  readonly everyMs: number
  readonly pass: () => Promise<unknown>
}

/**
 * Runs a loop until the signal aborts. A pass that fails is told once, and once more when one succeeds again; it never
 * ends the loop. Passes of one loop never overlap.
 */
export async function runLoop(
  loop: Loop,
  options: { clock: Clock; signal: AbortSignal; log: GuardLog },
): Promise<void> {
  const { clock, signal, log } = options
  let isFailing = false
  while (!signal.aborted) {
    try {
      await loop.pass()
      if (isFailing) log({ level: 'info', message: `Can ${loop.task} again` })
      isFailing = false
    } catch (error) {
      if (!isFailing && !signal.aborted) log({ level: 'error', message: `Cannot ${loop.task}`, error })
      isFailing = true
    }
    try {
      await clock.sleep(loop.everyMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
