import { type ClientApi, type Clock, DENIALS, Denied, type Random, type Report } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { backoffMs } from '../core/pacing.ts'

/** A report that no other request took along goes by itself after so long: gates look at a release every few seconds. */
const LONGEST_HOLD_MS = 5_000
/** A report that is not kept is news: after so many tries nobody waits for it any more. */
const TRY_LIMIT = 3

interface Held {
  readonly report: Report
  /** It is in the cache, and stays there until the guard has it: the gate of a release waits for it. */
  readonly isKept: boolean
  readonly tries: number
}

/**
 * Holds reports back until the next request, which a batching transport sends in the same exchange. A report of an end is
 * kept in the cache from the moment of that end, and sent, under the same key, until it is acknowledged; of a beginning
 * it is lost with the tab.
 */
export class ReportQueue {
  readonly #api: Pick<ClientApi, 'report'>
  readonly #cache: Pick<Cache, 'unsentReports' | 'dropReport'>
  readonly #clock: Clock
  readonly #random: Random
  readonly #closing: AbortSignal
  readonly #held = new Set<Held>()
  /** Held or on their way. */
  readonly #keys = new Set<string>()

  constructor(options: {
    readonly api: Pick<ClientApi, 'report'>
    readonly cache: Pick<Cache, 'unsentReports' | 'dropReport'>
    readonly clock: Clock
    readonly random: Random
    readonly closing: AbortSignal
  }) {
    this.#api = options.api
    this.#cache = options.cache
    this.#clock = options.clock
    this.#random = options.random
    this.#closing = options.closing
  }

  /** @param isKept whether the cache keeps it until it is acknowledged */
  add(report: Report, { isKept }: { readonly isKept: boolean }): void {
    if (this.#keys.has(report.reportKey)) return
    this.#keys.add(report.reportKey)
    this.#hold({ report, isKept, tries: 0 }, LONGEST_HOLD_MS)
  }

  /** Takes up what an earlier life, or the tab that worked before, did not bring to the guard. */
  async takeUp(): Promise<void> {
    for (const report of await this.#cache.unsentReports()) this.add(report, { isKept: true })
  }

  /** Sends what is held; called when another request is about to go out. */
  flush(): void {
    for (const held of [...this.#held]) this.#send(held)
  }

  #send(held: Held): void {
    if (!this.#held.delete(held)) return
    const { report, isKept } = held
    this.#api.report(report).then(
      () => this.#end(held),
      (error: unknown) => {
        const tries = held.tries + 1
        const isHopeless = error instanceof Denied && DENIALS[error.denial.kind].next === 'give-up'
        const isTriedAgain = isKept ? !isHopeless : tries < TRY_LIMIT
        if (this.#closing.aborted && isKept && tries >= TRY_LIMIT) return
        if (isTriedAgain) this.#hold({ ...held, tries }, Math.max(LONGEST_HOLD_MS, backoffMs(tries, this.#random())))
        else this.#end(held)
      },
    )
  }

  #end({ report, isKept }: Held): void {
    this.#keys.delete(report.reportKey)
    // Where that fails it is sent once more by the next life, and the guard knows the key.
    if (isKept) this.#cache.dropReport(report.reportKey).catch(() => {})
  }

  #hold(held: Held, holdMs: number): void {
    this.#held.add(held)
    const send = () => this.#send(held)
    // At the end, what is held goes at once.
    this.#clock.sleep(holdMs, this.#closing).then(send, send)
  }
}
