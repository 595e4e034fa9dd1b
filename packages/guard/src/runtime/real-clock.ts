import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@tidegate/protocol'

/** The process's monotonic clock. Its sleepers do not keep the process alive: a guard goes when its host goes. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { ref: false, ...(signal && { signal }) }),
}
