import type {
  AccountId,
  Actor,
  Advance,
  Approve,
  Audit,
  AuditRequest,
  Cause,
  CauseId,
  CauseStatus,
  ClientIdentity,
  ClientMode,
  Credit,
  DecisionAnswer,
  Epoch,
  Extend,
  GuardMode,
  LiftSwitch,
  Proposal,
  ProposeAnswer,
  PruneAnswer,
  PruneEvents,
  RegisterCauseAnswer,
  Reject,
  Report,
  ResourceId,
  Revoke,
  RevokeKey,
  RotateKey,
  SetSwitch,
  SignalState,
  Timeline,
  Verdict,
} from '@tidegate/protocol'
import type { EgressLedger } from './egress/egress-ledger.ts'
import type { EpochEnd } from './ledger-place.ts'
import type { SignalRecord } from './signal-record.ts'
import type { StoredKey } from './signing-keys.ts'
import type { ReadStorage } from './storage-reading.ts'
import type { SwitchRecord } from './switches/switch-record.ts'

/**
 * The durable record behind a guard. Promises: each call is one transaction, durable when it resolves; verdicts and
 * decisions are serialised under one row lock, so credits are exact under any race (G1); a proposal that was
 * acknowledged is judged exactly once (G2); the revision rises with everything that a node's memory must learn of.
 *
 * Everything that was decided is an event with actor, reason and evidence, in a hash chain (G7).
 *
 * Times come in as `nowMs`, the guard's clock. Mistakes throw `Denied`.
 */
export interface Ledger {
  /** HMAC key of the state tags, 32 bytes, kept in the ledger so that a restart changes nothing. Never another. */
  readonly tagKey: Uint8Array

  registerCause(cause: Cause, by: Actor, nowMs: number): Promise<RegisterCauseAnswer>
  /** Makes a proposal durable; its verdict comes with the next {@link judge}. */
  propose(proposal: Proposal, by: Actor, nowMs: number): Promise<ProposeAnswer>
  /**
   * Takes in what the outboxes hold and gives waiting proposals their verdicts, at most `limit` a call (default 100).
   * What fails keeps nothing else waiting: the rest is done first, then an `AggregateError` says what went wrong.
   *
   * @param onVerdict told of each verdict of this call when it is durable
   */
  judge(
    nowMs: number,
    limit?: number,
    onVerdict?: (verdict: Verdict) => void,
  ): Promise<{ readonly judgedSignalCount: number }>

  approve(decision: Approve, by: Actor, nowMs: number): Promise<DecisionAnswer>
  advance(decision: Advance, by: Actor, nowMs: number): Promise<DecisionAnswer>
  /** Gives live signals more time; see `Extend`. */
  extend(decision: Extend, by: Actor, nowMs: number): Promise<DecisionAnswer>
  reject(decision: Reject, by: Actor, nowMs: number): Promise<DecisionAnswer>
  revoke(decision: Revoke, by: Actor, nowMs: number): Promise<DecisionAnswer>
  setModes(
    modes: { readonly guardMode?: GuardMode; readonly clientMode?: ClientMode; readonly reason: string },
    by: Actor,
    nowMs: number,
  ): Promise<LedgerModes>
  /** Puts a switch in force from now until its end. */
  setSwitch(setting: SetSwitch, by: Actor, nowMs: number): Promise<SetSwitches>
  /** Ends a switch before its time; one that has ended stays as it is. */
  liftSwitch(lift: LiftSwitch, by: Actor, nowMs: number): Promise<SetSwitches>

  /** Announces a new signing key. @returns every key there ever was, oldest first */
  rotateKey(rotation: RotateKey, by: Actor, nowMs: number): Promise<readonly StoredKey[]>
  /** Writes down that a signing key was stolen. @returns as `rotateKey` does */
  revokeKey(revocation: RevokeKey, by: Actor, nowMs: number): Promise<readonly StoredKey[]>
  /** Erases the private parts of keys that are retired by now. */
  retireKeys(nowMs: number): Promise<void>

  /**
   * Ends what expired, judges gates of stages whose bake time is over, starts the next stage on a `go`. `readStorage` is
   * asked for the resources of gates that bound their latency or errors; without it those are inconclusive (G6).
   *
   * @param readNowMs read again when the ledger is locked: what was read of resources may be old by then
   */
  tick(readNowMs: () => number, readStorage?: ReadStorage): Promise<void>

  /** One write per client and day at most, and where class, version or resource changed or the cache moved by more than a quarter; batched by the caller. */
  recordSightings(sightings: readonly Sighting[], nowMs: number): Promise<void>
  /**
   * What the reports say of their clients goes to the registry too. One about a signal that is not for its account is
   * not written and not new.
   *
   * @returns for each report, whether it was new
   */
  recordReports(reports: readonly AccountReport[], nowMs: number): Promise<boolean[]>

  /**
   * Which incarnation of the ledger this is. A new one is begun here when the ledger is on another store, or lacks what
   * this node has read of it: nobody can take what is in it now for what it was.
   */
  readEpoch(nowMs: number): Promise<EpochReading>
  /** The clock of the ledger's store, in milliseconds since 1970: one for all nodes. */
  readClock(): Promise<number>
  /** What a node holds in memory. Cheap when nothing changed: null when the revision is still `sinceRevision`. */
  snapshot(sinceRevision: number | null): Promise<LedgerSnapshot | null>
  /**
   * Calls `onDecided` soon after decisions of any node, where the store can tell. A hint and no more: some are lost.
   *
   * @param signal ends it
   */
  listen(onDecided: () => void, signal: AbortSignal): Promise<void>
  overview(nowMs: number): Promise<LedgerOverview>
  /** As much as metrics need: a fraction of an overview's work. */
  figures(nowMs: number): Promise<LedgerFigures>

  /** Reads every event: seconds for a million. Nobody waits for it. */
  audit(request: AuditRequest): Promise<Audit>
  /** Removes the oldest events, a limited number a call, and writes down what they were. */
  pruneEvents(decision: PruneEvents, by: Actor, nowMs: number): Promise<PruneAnswer>
  timeline(causeId: CauseId, nowMs: number): Promise<Timeline>

  /** What event streams of old clients need. */
  readonly egress: EgressLedger
}

/** What the ledger counts, the same on every node. */
export interface LedgerFigures {
  /** Signals by state; a state that none is in may be absent. */
  readonly signalCounts: Readonly<Partial<Record<SignalState | 'waiting', number>>>
  /** Since the oldest proposal without a verdict was made; null when there is none. */
  readonly oldestWaitingAgeMs: number | null
  /** Causes with a signal that is held and has not expired, and since when the oldest is. */
  readonly heldCauseCount: number
  readonly oldestHeldAgeMs: number | null
  /** What may be in force without approval; null before the first verdict. */
  readonly globalCredit: Credit | null
  /** Distinct accounts, and predicted bytes, in force without approval. */
  readonly spentAccountCount: number
  readonly spentBytesByResource: ReadonlyMap<ResourceId, number>
}

export interface LedgerModes {
  readonly guardMode: GuardMode
  readonly clientMode: ClientMode
}

/** A switch that was set or lifted, and all that are in force now, by rising number. */
export interface SetSwitches {
  readonly changed: SwitchRecord
  readonly inForce: readonly SwitchRecord[]
}

/** One client seen asking: what the registry knows it by. */
export interface Sighting {
  readonly accountId: AccountId
  readonly client: ClientIdentity
  /** Null when it did not say: the registry keeps what it knows, and guesses a bad case for a client it does not know. */
  readonly cachedBytes: number | null
}

export interface AccountReport {
  readonly accountId: AccountId
  readonly report: Report
}

export interface EpochReading {
  readonly epoch: Epoch
  /** What made this call begin a new epoch; null when it found one, as nearly always. */
  readonly begun: EpochBegun | null
}

/** Why an epoch ended, as it is written down: what was known of the ledger, and what was found in its place. */
export interface EpochBegun {
  readonly because: EpochEnd
  readonly epochBefore: Epoch
  /** Stores are told apart by these texts, which say nothing else. */
  readonly storeBefore: string
  readonly store: string
  /** How far the node that noticed knew the ledger to be; null for one that had not read it before. */
  readonly known: ToldPlace | null
  readonly found: ToldPlace
}

export interface ToldPlace {
  readonly epoch: Epoch
  readonly revision: number
  readonly eventNo: number
  readonly sha256: string
}

/** Read in one snapshot of the ledger. `signals` holds only what can still be, or become, in force. */
export interface LedgerSnapshot {
  readonly epoch: Epoch
  readonly revision: number
  readonly modes: LedgerModes
  /** Oldest first. */
  readonly keys: readonly StoredKey[]
  /** Those that nobody lifted, by rising number; ones whose end has come may still be among them. */
  readonly switches: readonly SwitchRecord[]
  readonly signals: readonly SignalRecord[]
  /** A large audience is still being read; until then its signal is told with its named accounts alone. Ask again from null. */
  readonly isPartial?: boolean
}

/** What operators see of it. */
export interface LedgerOverview {
  readonly epoch: Epoch
  readonly revision: number
  readonly modes: LedgerModes
  readonly activeAccountCount: number
  readonly activeClientCount: number
  readonly activeAccountsByResource: ReadonlyMap<ResourceId, number>
  readonly globalCredit: Credit
  readonly globalCreditSpentAccountCount: number
  /** In force, by rising number. */
  readonly switches: readonly SwitchRecord[]
  readonly causes: readonly CauseStatus[]
}
