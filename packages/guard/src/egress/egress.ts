import { Denied } from '@tidegate/protocol'
import { type PresentedCursor, readCursor } from '../core/egress/cursor-mark.ts'
import type { EgressClient, EventStream } from '../core/egress/event-stream.ts'
import { detectFlags, type Exchange, errandsOf, fateOf, type PageFate, type Standing } from '../core/egress/exchange.ts'
import type { InForce } from '../core/in-force.ts'
import { spreadDelayMs } from '../core/spread-delay.ts'
import type { GuardNode } from '../runtime/guard-node.ts'
import type { Knowledge } from '../runtime/node-memory.ts'
import { ClientBook, type OldClient } from './client-book.ts'
import { LedgerErrandRunner } from './ledger-errand-runner.ts'

/** A request for a page of an event stream. */
export interface EventRequest {
  readonly client: EgressClient
  /** As the client sent it, marks and all; null when it begins anew. */
  readonly cursor: string | null
}

/** One event stream behind a guard, for the forms that wrap a host's procedure or handler. */
export interface Egress<Page> {
  /** Begins the answer to a request. The host is asked for its page next, and the page is screened before it leaves. */
  open(request: EventRequest): OpenRequest<Page>
  /** Writes into the guard's log that a page could not be screened and what was thrown, without ids. */
  fail(error: unknown): void
}

export interface OpenRequest<Page> {
  /** What to ask the host with: its own cursor, without marks. */
  readonly cursor: string | null
  /**
   * Whether the host's answer has to be looked into before it leaves. `must` not leave unread; `may` leave unread when it
   * cannot be read, because the guard only looks on; need `not` be read at all.
   */
  mustRead(): 'must' | 'may' | 'not'
  /**
   * Lets the host's page through as far as it may go, when the ledger has what it must have. A page with nothing to
   * change comes back as the same object, without waiting.
   *
   * @throws Denied `unavailable` when a flag cannot be recorded and the client has no cursor to come back with; ZodError
   * when the host names a client that cannot be one
   */
  screen(page: Page): Page | Promise<Page>
}

const NOTHING_IN_FORCE: readonly InForce[] = []

/** @throws RangeError for a name that the ledger could not tell apart from others */
export function createEgress<Page, Event>(node: GuardNode, stream: EventStream<Page, Event>): Egress<Page> {
  if (!/^[\w.-]{1,64}$/.test(stream.name)) {
    throw new RangeError(`Cannot guard an event stream: its name must be 1 to 64 word characters, got ${stream.name}`)
  }
  const clients = new ClientBook((client) => node.sightings.note({ ...client, cachedBytes: null }, node.wallNowMs()))
  const errands = new LedgerErrandRunner(node, stream.name)
  const counts = node.counters.stream(stream.name)

  const screened: Screened<Page> = (client, presented, page) => {
    const knowledge = node.memory.knowledge()
    const standing = standingOf(node, knowledge)
    if (standing === 'off' && presented.marks.length === 0) return page
    const nowMs = node.wallNowMs()
    const who = clients.identify(client, nowMs)
    const index = knowledge?.index
    const { accountId } = who
    const inForce =
      (standing === 'enforce' && index?.inForceFor({ accountId, client: who.client, nowMs })) || NOTHING_IN_FORCE
    const events = stream.eventsOf(page)
    const detected = standing === 'off' ? null : detectFlags(stream.detect, events)
    if (!detected && inForce.length === 0 && presented.marks.length === 0 && presented.text !== null) return page
    const released = index?.releasedTo(accountId) ?? []
    return decided(who, page, { standing, presented, events, detected, inForce, released })
  }

  async function decided(who: OldClient, page: Page, exchange: Exchange<Event>): Promise<Page> {
    const wanted = errandsOf(exchange)
    const outcome = await errands.run(who, exchange.presented, wanted, exchange.standing)
    const fate = fateOf(stream, page, exchange, outcome)
    const isFiltering = exchange.standing === 'enforce' || exchange.standing === 'cut-off'
    if (isFiltering) counts.withheldFlagCount += exchange.detected?.filter((each) => each !== null).length ?? 0
    if (fate.kind === 'rewrite') counts.attachedFlagCount += fate.flags.length
    if (outcome.acknowledged) counts.acknowledgedFlagCount += wanted.arrived.length
    return carriedOut(who, page, fate)
  }

  function carriedOut(who: OldClient, page: Page, fate: PageFate<Event>): Page {
    if (fate.kind === 'pass') return page
    if (fate.kind === 'refuse') {
      const retryAfterMs = spreadDelayMs('unavailable', who.client.clientId, 1_000, 4_000)
      throw new Denied({ kind: 'unavailable', retryAfterMs })
    }
    const { events, cursor, endsEarly, flags } = fate
    const rewritten = stream.rewrite(page, { events, cursor, endsEarly })
    return flags.length === 0 ? rewritten : stream.attach(rewritten, flags)
  }

  return {
    open: ({ client, cursor }) => new Opened(readCursor(cursor), client, node, screened),
    fail: (error) => node.log('egress.page-failed', { fields: { stream: stream.name }, error }),
  }
}

/** An object of a class and not of closures: one is made for every page. */
class Opened<Page> implements OpenRequest<Page> {
  readonly #presented: PresentedCursor
  readonly #client: EgressClient
  readonly #node: GuardNode
  readonly #screened: Screened<Page>

  constructor(presented: PresentedCursor, client: EgressClient, node: GuardNode, screened: Screened<Page>) {
    this.#presented = presented
    this.#client = client
    this.#node = node
    this.#screened = screened
  }

  get cursor(): string | null {
    return this.#presented.cursor
  }

  mustRead(): 'must' | 'may' | 'not' {
    const standing = standingOf(this.#node, this.#node.memory.knowledge())
    if (standing === 'observe') return 'may'
    if (standing === 'off') return this.#presented.marks.length === 0 ? 'not' : 'may'
    return 'must'
  }

  screen(page: Page): Page | Promise<Page> {
    return this.#screened(this.#client, this.#presented, page)
  }
}

type Screened<Page> = (client: EgressClient, presented: PresentedCursor, page: Page) => Page | Promise<Page>

/** A node that lost its ledger goes on as it was last told: one that only looked on must not begin to hold things up. */
function standingOf(node: GuardNode, knowledge: Knowledge | null): Standing {
  if (node.isDisabled) return 'off'
  const { guardMode } = knowledge?.modes ?? node.memory.lastModes()
  return guardMode === 'enforce' && !knowledge ? 'cut-off' : guardMode
}
