import type { Action, CauseId, Scope, SignalId } from '@tidegate/protocol'

/** A reset flag of the team's own, as `detect` found it in one of its events. */
export interface ResetFlag {
  /** The registered cause that emits such flags; one that nobody registered is held with no canary. */
  readonly causeId: string
  /** Default `verify`. */
  readonly action?: Action
  /** Default the whole account, which is what flags of old clients mean. */
  readonly scope?: Scope
  /** Why, for whoever decides. A flag without one is held, with a finding that says so. */
  readonly reason?: string
  /** How long it holds, milliseconds. Default the ledger's longest, held with a finding that says so. */
  readonly expiresInMs?: number
  /**
   * What tells two resets of one cause and account apart, such as the event's id. Default none: a cause resets an account
   * once, however often its flag is met.
   */
  readonly occurrence?: string
}

/** What `detect` says of an event that carries a flag. */
export interface Detected<Event> {
  readonly flag: ResetFlag
  /** The event without its flag, when it says something else too. Absent: it was nothing but the flag. */
  readonly rest?: Event
}

/** A flag that goes to a client now, for `attach` to spell in the team's own words. */
export interface AttachedFlag {
  readonly signalId: SignalId
  readonly causeId: CauseId
  readonly action: Action
  readonly scope: Scope
  readonly reason: string
}

/**
 * How a team's event stream looks: pages of events, each page ending at a cursor with which the client asks for the next.
 * Clients must take cursors as opaque text: one that came with a flag is given back with a mark on it, which is how the
 * guard knows that the flag arrived.
 *
 * Every function is plain and does not wait. They are asked only about pages that the host was about to send.
 */
export interface EventStream<Page, Event> {
  /** Names the stream in the ledger, as in `egress mail-events`; 1 to 64 word characters, and never changed. */
  readonly name: string
  readonly eventsOf: (page: Page) => readonly Event[]
  /** Whether the event carries the team's own reset flag, and which. Asked of every event, so it should be cheap. */
  readonly detect: (event: Event) => Detected<Event> | null
  /** The cursor at which a page ends. */
  readonly cursorOf: (page: Page) => string
  /** The cursor of a page that ends right after this event. */
  readonly cursorAfter: (event: Event) => string
  /**
   * The page with these events, ending at this cursor. When it `endsEarly`, events behind it were left out because their
   * flags could not be recorded: say that there is no more, so that the client comes back in its own time.
   */
  readonly rewrite: (
    page: Page,
    to: { readonly events: readonly Event[]; readonly cursor: string; readonly endsEarly: boolean },
  ) => Page
  /** The page with these flags on it, at least one. */
  readonly attach: (page: Page, flags: readonly AttachedFlag[]) => Page
}

/** Whose request it is. Clients that share a session and stand at the same cursor are one client. */
export interface EgressClient {
  readonly accountId: string
  /** What tells the account's clients apart: the login session, or better the installation. The ledger holds a hash of it. */
  readonly sessionId: string
  /** Default `unknown`. Audiences and throttles that name classes need it. */
  readonly clientClass?: string
  /** Default `0`. Audiences that name versions need it. */
  readonly appVersion?: string
}
