import { type PresentedCursor, placeOf, signalKeyOf } from '../core/egress/cursor-mark.ts'
import type { FlagArrival, FlagDelivery } from '../core/egress/egress-ledger.ts'
import type { ResetFlag } from '../core/egress/event-stream.ts'
import type { LedgerErrands, LedgerOutcome, Standing } from '../core/egress/exchange.ts'
import type { SignalRecord } from '../core/signal-record.ts'
import { GroupWriter } from '../runtime/group-writer.ts'
import type { GuardNode } from '../runtime/guard-node.ts'
import type { OldClient } from './client-book.ts'
import { FlagBook } from './flag-book.ts'
import { withinDeadline } from './within-deadline.ts'

/** Deliveries and arrivals of one transaction. */
const MAX_GROUP = 1_000
/** A page waits no longer for the ledger: as long as a node waits when it reads it. Then it leaves without its flags. */
const ERRAND_DEADLINE_MS = 2_000

/** What one could not do, in the log. */
type Errand = 'record-flag' | 'claim-delivery' | 'record-arrival'

/** Runs a page's errands on the ledger, many pages' together. An errand that fails is left undone, and the outcome says so. */
export class LedgerErrandRunner {
  readonly #node: GuardNode
  readonly #stream: string
  readonly #flags: FlagBook
  readonly #deliveries: GroupWriter<FlagDelivery, boolean>
  readonly #arrivals: GroupWriter<FlagArrival, true>

  constructor(node: GuardNode, stream: string) {
    const { egress } = node.ledger
    const inTime = <Result>(write: Promise<Result>) => withinDeadline(node.clock, ERRAND_DEADLINE_MS, write)
    this.#node = node
    this.#stream = stream
    this.#flags = new FlagBook(stream, (flags) => inTime(egress.recordFlags(flags, node.wallNowMs())))
    this.#deliveries = new GroupWriter((group) => inTime(egress.claimDeliveries(group, node.wallNowMs())), MAX_GROUP)
    this.#arrivals = new GroupWriter(async (group) => {
      await inTime(egress.recordArrivals(group, node.wallNowMs()))
      return group.map(() => true as const)
    }, MAX_GROUP)
  }

  async run(
    who: OldClient,
    presented: PresentedCursor,
    { unknown, due, arrived }: LedgerErrands,
    standing: Standing,
  ): Promise<LedgerOutcome> {
    const recording = Promise.all(unknown.map((flag) => this.#record(who, flag)))
    // A guard that only looks on holds nobody up: what passes is written down behind it.
    const nothing: readonly null[] = []
    const [recorded, claimed, acknowledged] = await Promise.all([
      standing === 'observe' ? nothing : recording,
      Promise.all(due.map((record) => this.#claim(who, presented, record))),
      Promise.all(arrived.map(({ signalKey, place }) => this.#acknowledge(who, signalKey, place))),
    ])
    return {
      recorded: new Set([...recorded].filter((flag) => flag !== null)),
      claimed: claimed.filter((record) => record !== null),
      acknowledged: acknowledged.every(Boolean),
    }
  }

  async #record({ accountId }: OldClient, flag: ResetFlag): Promise<ResetFlag | null> {
    const isDone = await this.#attempt('record-flag', () => this.#flags.record(accountId, flag))
    return isDone ? flag : null
  }

  async #claim(who: OldClient, presented: PresentedCursor, record: SignalRecord): Promise<SignalRecord | null> {
    const { signalId } = record
    const signalKey = signalKeyOf(signalId)
    const delivery = { ...arrivalOf(who, signalKey, placeOf(presented.text ?? '')), signalId }
    const mayLeave = await this.#attempt('claim-delivery', () => this.#deliveries.add(delivery))
    return mayLeave ? record : null
  }

  #acknowledge(who: OldClient, signalKey: string, place: string): Promise<boolean | null> {
    return this.#attempt('record-arrival', () => this.#arrivals.add(arrivalOf(who, signalKey, place)))
  }

  async #attempt(errand: Errand, write: () => Promise<boolean>): Promise<boolean | null> {
    const { clock, log } = this.#node
    try {
      return await withinDeadline(clock, ERRAND_DEADLINE_MS, write())
    } catch (error) {
      log('egress.errand-failed', { fields: { stream: this.#stream, errand }, error })
      return null
    }
  }
}

function arrivalOf({ accountId, client }: OldClient, signalKey: string, place: string): FlagArrival {
  return { accountId, clientId: client.clientId, signalKey, place }
}
