import { TRPCClientError } from '@trpc/client'

/** Something that must take effect once, however often it is sent: it carries a key, or says what it wants to be so. */
export interface Undertaking {
  readonly key: string
  /** @throws Refused when the server answered that it would not; anything else counts as no answer */
  readonly send: (url: string) => Promise<void>
}

/** The server answered, and said no: never right in a test that sends only what is allowed. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** What was sent to a server that may die at any moment, and what it acknowledged. */
export class Diary {
  readonly #undertakings = new Map<string, Undertaking>()
  readonly #acknowledged = new Set<string>()

  /** Sends and notes the acknowledgement. @returns false when no answer came */
  async send(url: string, undertaking: Undertaking): Promise<boolean> {
    this.#undertakings.set(undertaking.key, undertaking)
    try {
      await undertaking.send(url)
    } catch (error) {
      if (error instanceof Refused || isRefusal(error)) throw error
      return false
    }
    this.#acknowledged.add(undertaking.key)
    return true
  }

  /** {@link send} for several at once. @throws Refused like it, after all were answered or cut off */
  async sendAll(url: string, undertakings: readonly Undertaking[]): Promise<void> {
    const sent = await Promise.allSettled(undertakings.map((each) => this.send(url, each)))
    for (const each of sent) if (each.status === 'rejected') throw each.reason
  }

  isSent(key: string): boolean {
    return this.#undertakings.has(key)
  }

  isAcknowledged(key: string): boolean {
    return this.#acknowledged.has(key)
  }

  /** Sent, and nobody knows whether it took effect. */
  get open(): readonly Undertaking[] {
    return [...this.#undertakings.values()].filter(({ key }) => !this.#acknowledged.has(key))
  }

  get sentCount(): number {
    return this.#undertakings.size
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size
  }
}

/** An answer of the guard that is an error; a connection that broke has no `data`. */
function isRefusal(error: unknown): boolean {
  return error instanceof TRPCClientError && error.data !== undefined && error.data !== null
}
