import { position } from '@tidegate/protocol'

/**
 * A delay for many who are sent away for the same reason at the same moment: each comes back at a place of its own
 * within `spanMs` after `baseMs`, for ever the same (C7), so that nobody needs dice.
 *
 * @param who what tells the callers apart: a client id, or an account id where the request carries no client
 * @returns whole milliseconds in [baseMs, baseMs + spanMs)
 */
export function spreadDelayMs(reason: string, who: string, baseMs: number, spanMs: number): number {
  return Math.floor(baseMs + position(reason, who) * spanMs)
}
