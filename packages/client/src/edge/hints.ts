import type { ClientIdentity } from '@tidegate/protocol'

/**
 * Where a client is told that there may be news. A hint says "look again" and nothing else, so one that is lost, forged or
 * repeated does no harm: whoever hears it asks the guard, at most every few seconds.
 */
export interface Hints {
  /**
   * One connection, from now until it ends or `signal` aborts; it is made anew by whoever called. Resolves or rejects
   * when it is over, whatever the reason.
   */
  listen(options: {
    readonly client: ClientIdentity
    readonly heard: () => void
    readonly signal: AbortSignal
  }): Promise<void>
}
