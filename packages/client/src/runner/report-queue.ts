import type { ClientApi, Clock, Report } from '@tidegate/protocol'

/** A report that no other request took along goes by itself after so long: gates look at a release every few seconds. */
const LONGEST_HOLD_MS = 5_000
/** A report is news, not state: after so many tries nobody waits for it any more. */
const TRY_LIMIT = 3

/**
 * Holds reports back until the next request, which a batching transport sends in the same exchange. A report that is
 * lost with the tab is lost: what it told of is on disk.
 */
export class ReportQueue {
  readonly #api: Pick<ClientApi, 'report'>
  readonly #clock: Clock
  readonly #closing: AbortSignal
  #held: { readonly report: Report; readonly tries: number }[] = []
  #isTimed = false

  constructor(options: {
    readonly api: Pick<ClientApi, 'report'>
    readonly clock: Clock
    readonly closing: AbortSignal
  }) {
    this.#api = options.api
    this.#clock = options.clock
    this.#closing = options.closing
  }

  add(report: Report): void {
    this.#hold({ report, tries: 0 })
  }

  /** Sends what is held; called when another request is about to go out. */
  flush(): void {
    const held = this.#held
    this.#held = []
    for (const { report, tries } of held) {
      this.#api.report(report).catch(() => {
        if (tries + 1 < TRY_LIMIT) this.#hold({ report, tries: tries + 1 })
      })
    }
  }

  #hold(held: { readonly report: Report; readonly tries: number }): void {
    this.#held.push(held)
    if (this.#isTimed) return
    this.#isTimed = true
    const send = () => {
      this.#isTimed = false
      this.flush()
    }
    // At the end, what is held goes at once.
    this.#clock.sleep(LONGEST_HOLD_MS, this.#closing).then(send, send)
  }
}
