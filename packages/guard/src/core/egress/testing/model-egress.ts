import type { AccountId, CauseId, ClientIdentity, SignalId } from '@tidegate/protocol'
import { inForce, isReleasedTo } from '../../in-force.ts'
import type { SignalRecord } from '../../signal-record.ts'
import { placeOf, readCursor, signalKeyOf } from '../cursor-mark.ts'
import type { EventStream, ResetFlag } from '../event-stream.ts'
import { detectFlags, type Exchange, errandsOf, fateOf, type LedgerOutcome, type Standing } from '../exchange.ts'

/** An event is a mail with a number, or the team's reset flag. */
export type ModelEvent = { readonly at: number; readonly isFlag: boolean }

export interface ModelPage {
  readonly events: readonly ModelEvent[]
  readonly next: string
  readonly flags: readonly string[]
}

export const MODEL_CAUSE = 'labels'

const stream: EventStream<ModelPage, ModelEvent> = {
  name: 'model',
  eventsOf: ({ events }) => events,
  detect: ({ isFlag }) => (isFlag ? { flag: { causeId: MODEL_CAUSE } } : null),
  cursorOf: ({ next }) => next,
  cursorAfter: ({ at }) => String(at),
  rewrite: (page, { events, cursor }) => ({ ...page, events, next: cursor }),
  attach: (page, flags) => ({ ...page, flags: flags.map(({ signalId }) => signalId) }),
}

/**
 * The egress' decisions over a ledger that is a few maps, so that thousands of clients can be played at a pretend time.
 * It remembers nothing between two polls but what a ledger would.
 */
export class ModelEgress {
  readonly events: ModelEvent[] = []
  readonly recordedAccounts = new Set<string>()
  signals: readonly SignalRecord[] = []
  standing: Standing = 'enforce'
  /** Whether the ledger takes what a page needs; while the node's knowledge is fresh, it may fail all the same. */
  isLedgerUp = true
  readonly #arrivedByClaim = new Map<string, boolean>()

  /** Answers one poll. */
  poll(who: { accountId: string; clientId: string }, text: string, nowMs: number): ModelPage {
    const presented = readCursor(text)
    const page = this.#hostPage(Number(presented.cursor))
    const detected = this.standing === 'off' ? null : detectFlags(stream.detect, page.events)
    const exchange: Exchange<ModelEvent> = {
      standing: this.standing,
      presented,
      events: page.events,
      detected,
      inForce: this.standing === 'enforce' ? this.#inForce(who, nowMs) : [],
      released: this.signals.filter((record) => isReleasedTo(record, who.accountId)),
    }
    const fate = fateOf(stream, page, exchange, this.#run(who, exchange))
    if (fate.kind !== 'rewrite') return page
    const rewritten = stream.rewrite(page, fate)
    return fate.flags.length > 0 ? stream.attach(rewritten, fate.flags) : rewritten
  }

  #hostPage(from: number): ModelPage {
    const next = Math.max(from, this.events.at(-1)?.at ?? 0)
    return { events: this.events.filter(({ at }) => at > from), next: String(next), flags: [] }
  }

  #inForce({ accountId, clientId }: { accountId: string; clientId: string }, nowMs: number) {
    const client = { clientId, clientClass: 'web', appVersion: '1' } as ClientIdentity // names of the model's own
    return this.signals.flatMap((record) => inForce(record, { accountId, client, nowMs }) ?? [])
  }

  #run(who: { accountId: string; clientId: string }, exchange: Exchange<ModelEvent>): LedgerOutcome {
    const { unknown, due, arrived } = errandsOf(exchange)
    const nothing = { recorded: new Set<ResetFlag>(), claimed: [], acknowledged: false }
    if (!this.isLedgerUp) return nothing
    if (unknown.length > 0) this.recordedAccounts.add(who.accountId)
    for (const { signalKey, place } of arrived) this.#arrivedByClaim.set(claimOf(who, signalKey, place), true)
    const claimed = due.filter(({ signalId }) => {
      const claim = claimOf(who, signalKeyOf(signalId), placeOf(exchange.presented.text ?? ''))
      if (this.#arrivedByClaim.get(claim)) return false
      this.#arrivedByClaim.set(claim, false)
      return true
    })
    return { recorded: new Set(unknown), claimed, acknowledged: true }
  }
}

function claimOf(who: { accountId: string; clientId: string }, signalKey: string, place: string): string {
  return [who.accountId, who.clientId, signalKey, place].join('\n')
}

/** A signal approved at a time, spread over a window, for these accounts or, by default, for everyone. */
export function approvedSignal(signalId: string, options: { startedAtMs: number; windowMs: number }): SignalRecord {
  const stage = { share: 1, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 1 } }
  return {
    signalId: signalId as SignalId,
    version: 1,
    causeId: MODEL_CAUSE as CauseId, // names of the model's own
    causeKind: 'migration',
    causeTitle: 'Rename labels',
    action: 'verify',
    scope: { kind: 'account' },
    reason: 'labels were renamed',
    state: 'released',
    filter: {},
    audienceAccounts: null,
    namedAccounts: new Set<AccountId>(),
    judgedAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    pausedUntilMs: 0,
    supersedes: [],
    release: {
      plan: { verifyWindowMs: 0, windowMs: options.windowMs, stages: [stage] },
      stageIndex: 0,
      stageStartsAtMs: [options.startedAtMs],
      approvedBy: 'olga',
      approvedBecause: 'compared by hand',
    },
  }
}
