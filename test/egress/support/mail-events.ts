import type { EventStream } from '@tidegate/guard'

/** One event of the mail service of these examples: `at` is its place in its account's log. */
export interface MailEvent {
  readonly at: number
  readonly subject?: string
  /** Drop what you hold and load it again. */
  readonly refresh?: boolean
}

/** What its clients get for a cursor. */
export interface MailPage {
  readonly events: readonly MailEvent[]
  readonly next: string
}

/** Its stream, as its team describes it to the guard. */
export const mailEvents: EventStream<MailPage, MailEvent> = {
  name: 'mail-events',
  eventsOf: (page) => page.events,
  detect: (event) =>
    event.refresh
      ? { flag: { causeId: 'labels-2023-07', reason: 'labels were renamed', expiresInMs: 7 * 86_400_000 } }
      : null,
  cursorOf: (page) => page.next,
  cursorAfter: (event) => `event-${event.at}`,
  rewrite: (page, { events, cursor }) => ({ ...page, events, next: cursor }),
  attach: (page) => ({ ...page, events: [...page.events, { at: 0, refresh: true }] }),
}

/** The service itself: each account's log, in memory, and who is logged in. Nothing in it knows of a guard. */
export class MailService {
  readonly #logs = new Map<string, MailEvent[]>()

  add(accountId: string, event: Omit<MailEvent, 'at'>): void {
    const log = this.#logs.get(accountId) ?? []
    this.#logs.set(accountId, [...log, { ...event, at: log.length + 1 }])
  }

  eventsAfter(accountId: string, cursor: string): MailPage {
    const from = Number(/^event-(\d+)$/.exec(cursor)?.[1] ?? fail(cursor))
    const events = (this.#logs.get(accountId) ?? []).filter(({ at }) => at > from)
    return { events, next: `event-${Math.max(from, events.at(-1)?.at ?? 0)}` }
  }
}

/** The login of the examples: `Authorization: Bearer <account> <session>`. */
export function loginOf(authorization: string | null | undefined): { accountId: string; sessionId: string } {
  const [, accountId, sessionId] = /^Bearer (\S+) (\S+)$/.exec(authorization ?? '') ?? []
  if (accountId === undefined || sessionId === undefined) throw new Error('nobody is logged in')
  return { accountId, sessionId }
}

function fail(cursor: string): never {
  throw new Error(`this service never gave the cursor ${cursor}`)
}
