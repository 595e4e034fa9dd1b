import type { AttachedFlag, EventStream } from '../../core/egress/event-stream.ts'

/** An event of a mail service's stream: its place, and what happened there. */
export interface MailEvent {
  readonly at: number
  readonly subject?: string
  /** The service's own reset flag. */
  readonly refresh?: true
}

export interface MailPage {
  readonly events: readonly MailEvent[]
  readonly next: string
  readonly more: boolean
  /** The signals whose flags the guard put on. */
  readonly refreshBy?: readonly string[]
}

export const CAUSE_ID = 'labels-2023-07'

/** The stream of a mail service, as its team would describe it. A flag may ride on an event that says something else too. */
export const mailStream: EventStream<MailPage, MailEvent> = {
  name: 'mail-events',
  eventsOf: (page) => page.events,
  detect(event) {
    if (!event.refresh) return null
    const flag = { causeId: CAUSE_ID, reason: 'labels were renamed', expiresInMs: 7 * 86_400_000 }
    if (event.subject === undefined) return { flag }
    return { flag, rest: { at: event.at, subject: event.subject } }
  },
  cursorOf: (page) => page.next,
  cursorAfter: (event) => `c${event.at}`,
  rewrite: (page, { events, cursor, endsEarly }) => ({ ...page, events, next: cursor, more: page.more && !endsEarly }),
  attach: (page, flags: readonly AttachedFlag[]) => ({ ...page, refreshBy: flags.map(({ signalId }) => signalId) }),
}

/** What the service answers to a cursor: everything behind it. */
export function mailPage(log: readonly MailEvent[], cursor: string | null): MailPage {
  const last = log.at(-1)?.at ?? 0
  if (cursor === null) return { events: [], next: `c${last}`, more: false }
  const from = Number(cursor.slice(1))
  return { events: log.filter(({ at }) => at > from), next: `c${Math.max(from, last)}`, more: false }
}
