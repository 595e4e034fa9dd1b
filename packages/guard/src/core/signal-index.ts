import { type ClientIdentity, type InForceRequest, MAX_TOLD_SIGNALS } from '@tidegate/protocol'
import { type InForce, inForce, isReleasedTo } from './in-force.ts'
import { LargeAudience } from './large-audience.ts'
import type { SignalRecord } from './signal-record.ts'

/** Signals that reach at most so many accounts are filed under each of them; the few that reach more are looked through one by one. */
const FILED_ACCOUNT_LIMIT = 1024

/**
 * The signals of one ledger snapshot, arranged so that an account outside all audiences costs one look-up, however many
 * signals name others.
 */
export class SignalIndex {
  readonly #byId: ReadonlyMap<string, SignalRecord>
  readonly #byAccount = new Map<string, SignalRecord[]>()
  readonly #wide: readonly SignalRecord[]

  constructor(records: readonly SignalRecord[]) {
    this.#byId = new Map(records.map((record) => [record.signalId, record]))
    this.#wide = records.filter((record) => !this.#file(record))
  }

  /**
   * What is in force for a client now: newest first, at most {@link MAX_TOLD_SIGNALS}. A newer verify of a scope says what
   * an older one would.
   *
   * @param leftOut what the client has completed: at that version it makes room for what is older
   */
  inForceFor(
    who: { readonly accountId: string; readonly client: ClientIdentity; readonly nowMs: number },
    leftOut: NonNullable<InForceRequest['completedSignals']> = [],
  ): readonly InForce[] {
    const filed = this.#byAccount.get(who.accountId)
    if (!filed && this.#wide.length === 0) return []
    const found: InForce[] = []
    for (const record of filed ?? []) pushInForce(found, record, who)
    for (const record of this.#wide) pushInForce(found, record, who)
    const isToTell = ({ record }: InForce) =>
      !leftOut.some(({ signalId, version }) => signalId === record.signalId && version === record.version)
    const told = leftOut.length === 0 ? found : found.filter(isToTell)
    return told.length < 2 ? told : told.sort(newestFirst).slice(0, MAX_TOLD_SIGNALS)
  }

  /** What has been let out to the account and not ended, whether the turn of its clients has come or not. */
  releasedTo(accountId: string): readonly SignalRecord[] {
    const filed = this.#byAccount.get(accountId)
    if (!filed && this.#wide.length === 0) return []
    return [...(filed ?? []), ...this.#wide].filter((record) => isReleasedTo(record, accountId))
  }

  /** One signal, if it is in force for the client now and still at that version. */
  find(
    signal: { readonly signalId: string; readonly version: number },
    who: { readonly accountId: string; readonly client: ClientIdentity; readonly nowMs: number },
  ): InForce | null {
    const record = this.#byId.get(signal.signalId)
    return record?.version === signal.version ? inForce(record, who) : null
  }

  #file(record: SignalRecord): boolean {
    const { release, namedAccounts } = record
    const audience = release ? record.audienceAccounts : NOBODY
    if (audience === null || audience instanceof LargeAudience) return false
    if (namedAccounts.size + audience.size > 2 * FILED_ACCOUNT_LIMIT) return false
    const reached = new Set([...namedAccounts, ...audience])
    if (reached.size > FILED_ACCOUNT_LIMIT) return false
    for (const accountId of reached) {
      const filed = this.#byAccount.get(accountId)
      if (filed) filed.push(record)
      else this.#byAccount.set(accountId, [record])
    }
    return true
  }
}

const NOBODY: ReadonlySet<string> = new Set()

function pushInForce(
  found: InForce[],
  record: SignalRecord,
  who: { readonly accountId: string; readonly client: ClientIdentity; readonly nowMs: number },
): void {
  const each = inForce(record, who)
  if (each) found.push(each)
}

/** Ties by id, so that every node tells the same. */
function newestFirst(left: InForce, right: InForce): number {
  const newer = right.record.judgedAtMs - left.record.judgedAtMs
  return newer !== 0 ? newer : left.record.signalId < right.record.signalId ? -1 : 1
}
