import type { Outcome } from '../../core/adaptive/resource-meter.ts'

/** What an answer says of the storage: nothing when it was refused for want of room, a failure from 500 on. */
export function outcomeOfStatus(status: number): Outcome | null {
  return status === 429 ? null : { ok: status < 500 }
}
