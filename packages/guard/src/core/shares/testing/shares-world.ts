import { ResourceId } from '@tidegate/protocol'
import { TokenBucket } from '../../admission/token-bucket.ts'
import { nextAskInMs } from '../ask-pace.ts'
import { type CapacityBook, exchange, firstBook, newBook } from '../capacity-book.ts'
import type { CapacityAnswer, CapacityAsk } from '../capacity-exchange.ts'
import type { Moment } from '../moment.ts'
import {
  beginAsk,
  failed,
  hear,
  leave,
  newShareState,
  type ShareNode,
  type ShareState,
  settle,
  unitsAt,
} from '../node-shares.ts'
import { STORE_DEADLINE_MS } from '../share-terms.ts'

export const CAPACITY_UNITS = 1_000
export const SAFE_RATIO = 0.2
const RESOURCE = ResourceId.parse('shard-1')
/** A second of a node's share may be drawn at once. */
const BUCKET_MS = 1_000

/** What becomes of one exchange: null is lost. */
export interface Fate {
  readonly askMs: number | null
  readonly answerMs: number | null
}

interface WorldEvent {
  readonly atMs: number
  readonly run: () => void
}

/** A process that holds shares, and its clocks. */
export interface WorldProcess {
  readonly node: ShareNode
  readonly clockRate: number
  state: ShareState
  demandUnits: number
  frozenUntilMs: number
  /** How far its clocks are from what passed. */
  monotonicOffMs: number
  systemOffMs: number
  wrongClock: 'monotonic' | 'system' | null
  isGone: boolean
  isCutOff: boolean
  readonly bucket: TokenBucket
}

/**
 * Nodes, their store and the network between them, in one thread and in pretended time. Everything that decides is the
 * shipped core; the world only carries asks and answers, late or never, and lets clocks run as they like. After every
 * event it draws what every node admits, and keeps both the rates and what was drawn.
 */
export class SharesWorld {
  nowMs = 0
  readonly processes: WorldProcess[] = []
  readonly drawn: { readonly atMs: number; readonly units: number }[] = []
  /** The most that all shares added up to at any instant. */
  peakUnits = 0
  storeIsUp = true
  heardCount = { granted: 0, learning: 0, refused: 0 }
  #storeOffMs = 0
  #steppedAtMs = Number.NEGATIVE_INFINITY
  #storeName = 'store-1'
  #epochCount = 0
  #book: CapacityBook | null
  readonly #books: { readonly atMs: number; readonly book: CapacityBook }[] = []
  readonly #storeRate: number
  readonly #nextFate: () => Fate
  #events: WorldEvent[] = []

  constructor(options: { readonly storeRate: number; readonly nextFate: () => Fate; readonly isFirst: boolean }) {
    this.#storeRate = options.storeRate
    this.#nextFate = options.nextFate
    this.#book = options.isFirst ? firstBook(this.#says()) : null
  }

  /** Starts a process; another one of the same slot may be running. */
  start(options: { slot: number; slotCount: number; clockRate: number; safeRatio?: number }): WorldProcess {
    const { slot, slotCount, clockRate, safeRatio = SAFE_RATIO } = options
    const safeUnits = Math.floor((safeRatio * CAPACITY_UNITS) / slotCount)
    const holder = `process-${this.processes.length}`
    const [monotonicOffMs, systemOffMs] = [slot * 1e6, slot * 1e7]
    const process: WorldProcess = {
      node: {
        holder,
        slot,
        slotCount,
        resources: [{ resourceId: RESOURCE, capacityUnits: CAPACITY_UNITS, safeUnits }],
      },
      clockRate,
      state: newShareState({ monotonicMs: 0, systemMs: 0 }),
      demandUnits: CAPACITY_UNITS,
      frozenUntilMs: 0,
      monotonicOffMs,
      systemOffMs,
      wrongClock: null,
      isGone: false,
      isCutOff: false,
      bucket: new TokenBucket({ capacityUnits: 0, unitsPerSecond: 0 }, 0, this.nowMs),
    }
    process.state = newShareState(this.#momentOf(process))
    this.processes.push(process)
    this.#ask(process)
    return process
  }

  unitsOf(process: WorldProcess): number {
    return process.isGone ? 0 : unitsAt(process.state, RESOURCE, this.#momentOf(process))
  }

  kindOf(process: WorldProcess): ShareState['kind'] {
    return settle(process.state, this.#momentOf(process)).kind
  }

  kill(process: WorldProcess): void {
    process.isGone = true
  }

  leave(process: WorldProcess): void {
    process.state = leave(process.state, this.#momentOf(process))
    this.#send(process)
  }

  /** Frozen in the middle of an exchange: the answer, if one comes, is read when it wakes. */
  freezeAsking(process: WorldProcess, ms: number): void {
    if (process.isGone || process.state.kind === 'left' || process.frozenUntilMs > this.nowMs) return
    this.#send(process)
    process.frozenUntilMs = this.nowMs + ms
  }

  /**
   * A machine that stands still: its monotonic clock too, its time of day does not. Of a machine whose time of day is
   * set back as well nobody could tell, so the world does one or the other to a process.
   */
  suspend(process: WorldProcess, ms: number): void {
    if (process.wrongClock === 'system') return
    process.wrongClock = 'monotonic'
    process.frozenUntilMs = Math.max(process.frozenUntilMs, this.nowMs + ms)
    process.monotonicOffMs -= ms * process.clockRate
  }

  /** Sets a process's time of day. */
  setClock(process: WorldProcess, byMs: number): void {
    if (process.wrongClock === 'monotonic') return
    process.wrongClock = 'system'
    process.systemOffMs += byMs
  }

  wipe(): void {
    this.#book = null
  }

  /** A standby takes over that lacks what the store wrote in the last `lostMs`. The old store is gone. */
  promote(lostMs: number): void {
    this.#storeName = `${this.#storeName}'`
    const kept = this.#books.filter(({ atMs }) => atMs <= this.nowMs - lostMs).at(-1)
    this.#book = kept?.book ?? null
  }

  /** Sets the store's clock; forward at most once in a share term, as is assumed. */
  stepStoreClock(byMs: number): void {
    if (byMs > 0 && this.nowMs - this.#steppedAtMs < 10_000) return
    if (byMs > 0) this.#steppedAtMs = this.nowMs
    this.#storeOffMs += byMs
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      let next: WorldEvent | undefined
      for (const each of this.#events) if (each.atMs <= untilMs && (!next || each.atMs < next.atMs)) next = each
      if (!next) break
      this.#events = this.#events.filter((each) => each !== next)
      this.nowMs = next.atMs
      next.run()
      this.look()
    }
    this.nowMs = untilMs
    this.look()
  }

  /** Adds the shares up, and draws all that may be drawn. */
  look(): void {
    let units = 0
    for (const process of this.processes) {
      const share = this.unitsOf(process)
      units += share
      if (process.isGone || process.frozenUntilMs > this.nowMs) continue
      const atMs = this.nowMs * process.clockRate
      process.bucket.reshape({ capacityUnits: (share * BUCKET_MS) / 1_000, unitsPerSecond: share }, atMs)
      const level = process.bucket.levelUnits(atMs)
      if (level <= 0 || !process.bucket.tryReserve(level, atMs)) continue
      process.bucket.settle(level, level, atMs)
      this.drawn.push({ atMs: this.nowMs, units: level })
    }
    this.peakUnits = Math.max(this.peakUnits, units)
  }

  /** The most that was drawn beyond `rate × t` in any window that ends with a draw, in units. */
  burstUnits(unitsPerSecond: number): number {
    let debt = 0
    let worst = 0
    let atMs = 0
    for (const each of this.drawn) {
      debt = Math.max(0, debt - ((each.atMs - atMs) * unitsPerSecond) / 1_000) + each.units
      atMs = each.atMs
      worst = Math.max(worst, debt)
    }
    return worst
  }

  #ask(process: WorldProcess): void {
    if (process.isGone || process.state.kind === 'left') return
    if (process.frozenUntilMs > this.nowMs) {
      this.#at(process.frozenUntilMs, () => this.#ask(process))
      return
    }
    this.#send(process)
    this.#at(this.nowMs + STORE_DEADLINE_MS, () => {
      if (process.state.asked !== null) process.state = failed(process.state)
      this.#at(this.nowMs + nextAskInMs(process.state, process.node.holder), () => this.#ask(process))
    })
  }

  #send(process: WorldProcess): void {
    const begun = beginAsk(process.state, process.node, () => process.demandUnits, this.#momentOf(process))
    process.state = begun.state
    const fate = this.#nextFate()
    if (process.isCutOff || fate.askMs === null) return
    this.#at(this.nowMs + fate.askMs, () => {
      const answer = this.storeIsUp ? this.#exchange(begun.ask) : null
      if (answer === null || fate.answerMs === null) return
      this.#at(this.nowMs + fate.answerMs, () => this.#deliver(process, begun.ask.askNo, answer))
    })
  }

  #deliver(process: WorldProcess, askNo: number, answer: CapacityAnswer): void {
    if (process.isGone) return
    if (process.frozenUntilMs > this.nowMs) {
      this.#at(process.frozenUntilMs, () => this.#deliver(process, askNo, answer))
      return
    }
    if (answer.kind === 'granted') this.heardCount[answer.isLearning ? 'learning' : 'granted'] += 1
    else this.heardCount.refused += 1
    process.state = hear(process.state, askNo, answer, this.#momentOf(process))
  }

  #exchange(ask: CapacityAsk): CapacityAnswer {
    const says = this.#says()
    const { book, answer } = exchange(this.#book ?? newBook(says), ask, says)
    this.#book = book
    this.#books.push({ atMs: this.nowMs, book })
    return answer
  }

  #says() {
    const storeMs = Math.floor(this.nowMs * this.#storeRate + this.#storeOffMs)
    return { store: this.#storeName, storeMs, newEpoch: `epoch-${++this.#epochCount}` }
  }

  #momentOf(process: WorldProcess): Moment {
    const ownMs = this.nowMs * process.clockRate
    return { monotonicMs: ownMs + process.monotonicOffMs, systemMs: ownMs + process.systemOffMs }
  }

  #at(atMs: number, run: () => void): void {
    this.#events.push({ atMs, run })
  }
}
