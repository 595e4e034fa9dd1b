import type { Random } from '@tidegate/protocol'
import type { MailPage } from './mail-events.ts'

// As the provider's published client does it (July 2023): every 20 s, plus 0 to 20 s of jitter.
const POLL_S = 20
const JITTER_S = 20

/**
 * A mail client without the SDK. It believes every reset at once: it deletes what it holds first, and asks for the rest
 * with the cursor it was given. A response that does not arrive changes nothing: it asks again in its own time.
 */
export class OldMailClient {
  readonly accountId: string
  readonly received = new Set<number>()
  /** Resets it obeyed; flags that came as the service wrote them, past the guard; mails that had come before. */
  readonly counts = { resetCount: 0, rawFlagCount: 0, repeatedCount: 0 }
  resetAtS: number | null = null
  /** Resets on responses that were lost. */
  lostResetCount = 0
  readonly #sessionId: string
  readonly #random: Random
  #cursor = 'event-0'
  #nextPollAtS: number

  constructor(accountId: string, sessionId: string, random: Random) {
    this.accountId = accountId
    this.#sessionId = sessionId
    this.#random = random
    this.#nextPollAtS = random() * (POLL_S + JITTER_S)
  }

  isDue(nowS: number): boolean {
    return nowS >= this.#nextPollAtS
  }

  async poll(nowS: number, handler: (request: Request) => Promise<Response>, isLost: boolean): Promise<void> {
    this.#nextPollAtS += POLL_S + this.#random() * JITTER_S
    const url = `http://mail.example/events?after=${encodeURIComponent(this.#cursor)}`
    const authorization = `Bearer ${this.accountId} ${this.#sessionId}`
    const response = await handler(new Request(url, { headers: { authorization } }))
    if (!response.ok) throw new Error(`the service answered ${response.status}`)
    const page = (await response.json()) as MailPage // what the service of these tests sends
    if (!isLost) this.#receive(page, nowS)
    else if (page.events.some(({ refresh }) => refresh)) this.lostResetCount += 1
  }

  #receive({ events, next }: MailPage, nowS: number): void {
    this.#cursor = next
    for (const { at, refresh } of events) {
      if (refresh && at > 0) this.counts.rawFlagCount += 1
      else if (refresh) this.#reset(nowS)
      else if (this.received.has(at)) this.counts.repeatedCount += 1
      else this.received.add(at)
    }
  }

  /** Everything is deleted and loaded again, at once: what it costs is what the guard is there to spread. */
  #reset(nowS: number): void {
    this.counts.resetCount += 1
    this.resetAtS ??= nowS
  }
}
