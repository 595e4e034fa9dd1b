import { type AccountId, type ClientIdentity, Denied, type StateTag } from '@tidegate/protocol'
import { spreadDelayMs } from '../core/spread-delay.ts'

/** A client that may be told to look again. */
export interface HintListener {
  readonly accountId: AccountId
  readonly client: ClientIdentity
}

export interface HintBoardOptions {
  /** What is in force for a client, as a tag; undefined while the node does not know. */
  readonly tagOf: (who: HintListener) => StateTag | null | undefined
  /** Over all accounts. */
  readonly maxListeners: number
}

/** Devices of one person, several times over. What is beyond asks by its ordinary requests, as everybody did before. */
const MAX_LISTENERS_OF_ACCOUNT = 16

interface Entry {
  readonly who: HintListener
  readonly hear: () => void
  readonly end: () => void
  /** Null at first, so that a client that connects late is told of what is in force. */
  toldTag: StateTag | null
}

/**
 * Who wants to be told that there may be news, and nothing about what it is. A hint that is lost does no harm: ordinary
 * responses carry the tag all the same.
 */
export class HintBoard {
  readonly #options: HintBoardOptions
  readonly #entries = new Set<Entry>()
  readonly #countOf = new Map<AccountId, number>()
  #isClosed = false

  constructor(options: HintBoardOptions) {
    this.#options = options
  }

  /**
   * Calls `hear` each time something else is in force for this client than before, from then on until `signal` aborts or
   * the board is closed, when the promise resolves.
   *
   * @throws Denied `unavailable`, at once, when too many listen
   */
  listen(who: HintListener, hear: () => void, signal: AbortSignal): Promise<void> {
    const count = this.#countOf.get(who.accountId) ?? 0
    const isFull = this.#entries.size >= this.#options.maxListeners || count >= MAX_LISTENERS_OF_ACCOUNT
    if (isFull || this.#isClosed) {
      const retryAfterMs = spreadDelayMs('hints', who.client.clientId, 30_000, 30_000)
      throw new Denied({ kind: 'unavailable', retryAfterMs })
    }
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        if (!this.#entries.delete(entry)) return
        this.#forget(who.accountId)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const entry: Entry = { who, hear, end, toldTag: null }
      this.#entries.add(entry)
      this.#countOf.set(who.accountId, count + 1)
      signal.addEventListener('abort', end, { once: true })
    })
  }

  /** To be called whenever something may have changed: a decision was learnt, or a turn has come. */
  look(): void {
    for (const entry of this.#entries) {
      const tag = this.#options.tagOf(entry.who)
      if (tag === undefined || tag === entry.toldTag) continue
      entry.toldTag = tag
      entry.hear()
    }
  }

  /** Ends all that listen; nobody can listen afterwards. */
  close(): void {
    this.#isClosed = true
    for (const entry of [...this.#entries]) entry.end()
  }

  #forget(accountId: AccountId): void {
    const count = (this.#countOf.get(accountId) ?? 1) - 1
    if (count === 0) this.#countOf.delete(accountId)
    else this.#countOf.set(accountId, count)
  }
}
