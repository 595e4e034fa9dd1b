/** A client that was told to come back. */
export interface Waiter {
  readonly accountId: string
  readonly clientId: string
  readonly wantBytes: number
  /** When it is no longer expected. */
  readonly untilMs: number
}

/** Who asked for a share and was told to come back: present, so counted in everybody's fair share. */
export class WaitingRoom {
  readonly #waiters = new Map<string, Map<string, Waiter>>()
  #wantBytes = 0
  #sweptAtMs = Number.NEGATIVE_INFINITY

  get wantBytes(): number {
    return this.#wantBytes
  }

  get clientCount(): number {
    let count = 0
    for (const clients of this.#waiters.values()) count += clients.size
    return count
  }

  get accountIds(): ReadonlyMap<string, ReadonlyMap<string, Waiter>> {
    return this.#waiters
  }

  has(accountId: string, clientId: string): boolean {
    return this.#waiters.get(accountId)?.has(clientId) ?? false
  }

  add(waiter: Waiter): void {
    this.remove(waiter.accountId, waiter.clientId)
    const clients = this.#waiters.get(waiter.accountId) ?? new Map<string, Waiter>()
    this.#waiters.set(waiter.accountId, clients.set(waiter.clientId, waiter))
    this.#wantBytes += waiter.wantBytes
  }

  remove(accountId: string, clientId: string): void {
    const clients = this.#waiters.get(accountId)
    const waiter = clients?.get(clientId)
    if (!clients || !waiter) return
    this.#wantBytes -= waiter.wantBytes
    clients.delete(clientId)
    if (clients.size === 0) this.#waiters.delete(accountId)
  }

  /** Forgets who did not come back. Looks at everybody, so at most once a second. */
  sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptAtMs) < 1000) return
    this.#sweptAtMs = nowMs
    for (const clients of [...this.#waiters.values()]) {
      for (const waiter of [...clients.values()]) {
        if (waiter.untilMs <= nowMs) this.remove(waiter.accountId, waiter.clientId)
      }
    }
  }
}
