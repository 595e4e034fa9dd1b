import type { Clock } from '@tidegate/protocol'
import type { NodeLog } from './logger.ts'

/** What a node does over and over: read the ledger's decisions, judge proposals, judge stages and expiries, write sightings of clients, read the ledger's clock, judge how the storage does. */
export type LoopName =
  | 'read-decisions'
  | 'read-clock'
  | 'judge-proposals'
  | 'judge-stages'
  | 'erase-keys'
  | 'write-sightings'
  | 'adapt-capacity'

/** Something a node does over and over. */
export interface Loop {
  /** What it is called in logs and metrics. */
  readonly name: LoopName
  readonly everyMs: number
  readonly pass: () => Promise<unknown>
}

/**
 * Runs a loop until the signal aborts. A pass that fails is told once, and once more when one succeeds again; it never
 * ends the loop. Passes of one loop never overlap.
 */
export async function runLoop(loop: Loop, options: { clock: Clock; signal: AbortSignal; log: NodeLog }): Promise<void> {
  const { clock, signal, log } = options
  const fields = { loop: loop.name }
  let failedPassCount = 0
  while (!signal.aborted) {
    try {
      await loop.pass()
      if (failedPassCount > 0) log('loop.recovered', { fields: { ...fields, failedPassCount } })
      failedPassCount = 0
    } catch (error) {
      if (failedPassCount === 0 && !signal.aborted) log('loop.failed', { fields, error })
      failedPassCount += 1
    }
    try {
      await clock.sleep(loop.everyMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
