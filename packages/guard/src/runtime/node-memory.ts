import type { Clock, Epoch } from '@tidegate/protocol'
import { LEASE_TERM_BOUND_MS } from '../core/answer.ts'
import type { EpochReading, Ledger, LedgerModes } from '../core/ledger.ts'
import { SignalIndex } from '../core/signal-index.ts'
import type { StoredKey } from '../core/signing-keys.ts'
import { SwitchBoard } from '../core/switches/switch-board.ts'

/** What a node knows of the ledger, and how old that is. */
export interface Knowledge {
  readonly epoch: Epoch
  readonly index: SignalIndex
  readonly modes: LedgerModes
  /** Oldest first. */
  readonly keys: readonly StoredKey[]
  readonly switches: SwitchBoard
  /** Milliseconds since the read that told it was begun; below the lease term. */
  readonly ageMs: number
}

export interface NodeMemoryOptions {
  /** The guard's clock, for what a read writes down: the beginning of an epoch. */
  readonly wallNowMs: () => number
  /**
   * The machine's own time of day. A machine that stood still (a virtual one was moved, a laptop slept) may have a
   * monotonic clock that did too: what a node knows is as old as either clock says.
   */
  readonly systemNowMs: () => number
  /** Called when the ledger is in another epoch than this node knew, before anything of it is learnt. */
  readonly onNewEpoch: (reading: EpochReading) => void
}

/** A ledger read that takes longer is not waited for; the next pass asks anew. */
const READ_DEADLINE_MS = 2_000
/** Reads that never came back, at most: more would only fill the pool of a store that is frozen. */
const MAX_READS_UNDER_WAY = 3

const NO_SWITCHES = new SwitchBoard([])

/**
 * The ledger's decisions in a node's memory. Its age counts from when a read was begun, because the ledger may have
 * changed right after answering. Knowledge older than a lease term is no knowledge: the node then confirms nothing (G8).
 */
export class NodeMemory {
  readonly #ledger: Pick<Ledger, 'readEpoch' | 'snapshot'>
  readonly #clock: Clock
  readonly #options: NodeMemoryOptions
  #known: (Omit<Knowledge, 'ageMs'> & { readonly revision: number | null }) | null = null
  #readCount = 0
  #learntFrom = 0
  #readBegunAtMs = Number.NEGATIVE_INFINITY
  #readBegunAtSystemMs = Number.NEGATIVE_INFINITY
  #readsUnderWay = 0

  constructor(ledger: Pick<Ledger, 'readEpoch' | 'snapshot'>, clock: Clock, options: NodeMemoryOptions) {
    this.#ledger = ledger
    this.#clock = clock
    this.#options = options
  }

  /** Null while the ledger has been out of reach for a lease term, and before the first read. */
  knowledge(): Knowledge | null {
    const ageMs = this.ageMs()
    return this.#known && ageMs < LEASE_TERM_BOUND_MS ? { ...this.#known, ageMs } : null
  }

  /** Since the read that the node's knowledge comes from was begun, however long ago: infinite before the first. */
  ageMs(): number {
    const { systemNowMs } = this.#options
    return Math.max(0, this.#clock.nowMs() - this.#readBegunAtMs, systemNowMs() - this.#readBegunAtSystemMs)
  }

  /** The modes as last read, however long ago: `off` before the first read. */
  lastModes(): LedgerModes {
    return this.#known?.modes ?? { guardMode: 'off', clientMode: 'off' }
  }

  /** The signing keys as last read, however long ago. */
  lastKeys(): readonly StoredKey[] {
    return this.#known?.keys ?? []
  }

  /**
   * The operators' switches as last read, however long ago: they only restrict, and each has its end. None before the
   * first read.
   */
  lastSwitches(): SwitchBoard {
    return this.#known?.switches ?? NO_SWITCHES
  }

  /** Reads the ledger now; what it learns is at least as new as this call. @throws whatever the ledger does, or an Error when it does not answer in time */
  async refresh(): Promise<void> {
    if (this.#readsUnderWay >= MAX_READS_UNDER_WAY) {
      throw new Error(`Cannot read the ledger: ${this.#readsUnderWay} reads have not come back`)
    }
    const deadline = new AbortController()
    const tooLate = this.#clock.sleep(READ_DEADLINE_MS, deadline.signal).then(
      () => Promise.reject(new Error(`Cannot read the ledger: no answer within ${READ_DEADLINE_MS} ms`)),
      () => undefined,
    )
    try {
      await Promise.race([this.#read(), tooLate])
    } finally {
      deadline.abort()
    }
  }

  async #read(): Promise<void> {
    const begunAtMs = this.#clock.nowMs()
    const begunAtSystemMs = this.#options.systemNowMs()
    const readNumber = ++this.#readCount
    this.#readsUnderWay += 1
    try {
      const { epoch, begun } = await this.#ledger.readEpoch(this.#options.wallNowMs())
      const known = this.#known
      if (begun || (known && known.epoch !== epoch)) this.#options.onNewEpoch({ epoch, begun })
      // In another epoch the same revision is of other decisions.
      const snapshot = await this.#ledger.snapshot(known?.epoch === epoch ? known.revision : null)
      // Reads may end in another order than they began; an older one must not undo what a newer one learned. A revision
      // may be lower than the last: a ledger that was restored from a backup counts on from there.
      if (snapshot && readNumber > this.#learntFrom) {
        this.#learntFrom = readNumber
        const { epoch, modes, keys, switches, signals } = snapshot
        // What is told in part is asked for anew, although the ledger has not changed since.
        const revision = snapshot.isPartial ? null : snapshot.revision
        const index = new SignalIndex(signals)
        this.#known = { epoch, revision, modes, keys, switches: new SwitchBoard(switches), index }
      }
      // As it stood at the newest read: it may be set back.
      if (begunAtMs >= this.#readBegunAtMs) this.#readBegunAtSystemMs = begunAtSystemMs
      this.#readBegunAtMs = Math.max(this.#readBegunAtMs, begunAtMs)
    } finally {
      this.#readsUnderWay -= 1
    }
  }
}
