import {
  type AccountId,
  type ClientApi,
  type ClientIdentity,
  type Clock,
  type CollectionDigest,
  Denied,
  LeaseId,
  Nonce,
  PROTOCOL_VERSION,
  type Random,
  type Report,
} from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { isCacheGone } from '../core/cache-error.ts'
import type { ConsentBudget } from '../core/consent.ts'
import { FullAnswers } from '../core/full-answers.ts'
import type { GuardKey } from '../core/guard-key.ts'
import type { Effect, JobResult, Telling } from '../core/machine/effect.ts'
import type { Event, ResultEvent } from '../core/machine/event.ts'
import type { Job } from '../core/machine/job.ts'
import { awaitedIds, type State } from '../core/machine/state.ts'
import { step } from '../core/machine/step.ts'
import { msUntilTonight } from '../edge/clock.ts'
import type { NetworkStatus } from '../edge/network-status.ts'
import { askConsent, type ConsentHandler, networkTurns } from './ask-consent.ts'
import { nothingDrawn } from './changes-replay.ts'
import { KeyRing } from './key-ring.ts'
import { delayOf, messageOf, type Outcome, outcomeOfError } from './outcome-of-error.ts'
import { ReplayTurns } from './replay-turns.ts'
import { ReportQueue } from './report-queue.ts'
import { reportsOf } from './reports-of.ts'
import { ResyncWork } from './resync-work.ts'

export interface RunnerOptions {
  readonly accountId: AccountId
  readonly client: ClientIdentity
  readonly api: ClientApi
  readonly cache: Cache
  readonly guardKeys: readonly GuardKey[]
  readonly consent: ConsentHandler | undefined
  readonly budget: ConsentBudget
  readonly network: NetworkStatus
  readonly clock: Clock
  readonly random: Random
  readonly newId: () => string
  /** Called after each change of state. */
  readonly onChange: (state: State) => void
  /** Called when a job ended. */
  readonly onFinished: (result: JobResult) => void
  /** Told what went wrong, in words; null when a valid answer came. */
  readonly onProblem: (problem: string | null) => void
  /** Told that the cache was closed, or taken over by a newer app: nothing can be done here any more. */
  readonly onCacheGone: () => void
}

/** Feeds events to the machine and carries its effects out: the one place where the pure core meets the world. */
export class Runner {
  readonly #options: RunnerOptions
  readonly #reports: ReportQueue
  readonly #keyRing: KeyRing
  readonly #turns = new ReplayTurns()
  readonly #fullAnswers = new FullAnswers()
  readonly #closing = new AbortController()
  readonly #running = new Map<number, AbortController>()
  readonly #events: Event[] = []
  #state: State
  #draining: Promise<void> | null = null
  #work: { readonly jobId: number; readonly work: ResyncWork } | null = null
  #lastWork: Promise<unknown> = Promise.resolve()
  #digests: readonly CollectionDigest[] = []
  #urgentIds: readonly string[] = []

  constructor(state: State, options: RunnerOptions) {
    this.#state = state
    this.#options = options
    this.#keyRing = new KeyRing(options)
    this.#reports = new ReportQueue({ ...options, closing: this.#closing.signal })
  }

  get state(): State {
    return this.#state
  }

  /** Takes an event in. Events are handled one after another, each with its effects begun before the next. */
  dispatch(event: Event): void {
    if (this.#closing.signal.aborted) return
    if (event.kind === 'lockGained') this.#reports.takeUp().catch((error: unknown) => this.#tellOf(error))
    this.#events.push(event)
    this.#draining ??= this.#drain()
  }

  /** Runs ordinary sync at a moment when no resync in this tab brings the same changes. */
  async sync<T>(work: () => Promise<T>): Promise<T> {
    await this.#draining
    return this.#turns.sync(work)
  }

  prioritise(ids: readonly string[]): void {
    this.#urgentIds = ids
    this.#work?.work.prioritise(ids)
  }

  /** Gives everything up, lets what is being written come to its end, and sends what is still to be told. */
  async close(): Promise<void> {
    this.dispatch({ kind: 'lockLost' })
    await this.#draining
    this.#closing.abort(new Error('The client was stopped'))
    await this.#lastWork
  }

  async #drain(): Promise<void> {
    // Events that come while effects are awaited are taken in the same pass; the first is not taken before
    // `dispatch` has noted that this pass runs.
    await null
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      const at = { nowMs: this.#options.clock.nowMs(), chance: this.#options.random() }
      const { state, effects } = step(this.#state, event, at)
      if (state === this.#state && effects.length === 0) continue
      this.#state = state
      this.#turns.resyncIs(state.kind === 'comparing' || state.kind === 'catchingUp' ? 'reading' : 'elsewhere')
      this.#giveUpWhatNobodyAwaits()
      await this.#carryOut(effects)
      this.#options.onChange(state)
    }
    // In the same breath as the last look at the queue, or an event that comes just then would wait for the next one.
    this.#draining = null
  }

  /**
   * In order; one that has to be durable is awaited, and when it fails what follows it is not begun (C5). How a job ended
   * is told all the same: somebody waits for it.
   */
  async #carryOut(effects: readonly Effect[]): Promise<void> {
    let doneCount = 0
    try {
      for (const effect of effects) {
        await this.#carryOutOne(effect)
        doneCount += 1
      }
    } catch (error) {
      this.#tellOf(error)
      for (const effect of effects.slice(doneCount + 1))
        if (effect.kind === 'finished') this.#options.onFinished(effect.result)
      const [id] = awaitedIds(this.#state)
      if (id !== undefined) this.#events.push({ kind: 'failed', id, isTransient: false, message: messageOf(error) })
    }
  }

  async #carryOutOne(effect: Effect): Promise<void> {
    const { cache } = this.#options
    switch (effect.kind) {
      case 'save-attempt':
        return cache.saveAttempt(effect.attempt)
      case 'complete':
        return this.#complete(effect.job, effect.told)
      case 'set-aside': {
        const reports = await this.#reportsOf(effect.told)
        await cache.setAside(effect.signals, reports)
        return this.#tell(reports, true)
      }
      case 'reconsider':
        return cache.reconsider()
      case 'report':
        return this.#tell(await this.#reportsOf(effect.told), false)
      case 'finished':
        return this.#options.onFinished(effect.result)
      case 'end-lease':
        // It ends by itself when this does not arrive.
        void this.#options.api.endLease({ leaseId: LeaseId.parse(effect.leaseId) }).catch(() => {})
        return
      default:
        this.#begin(effect)
    }
  }

  #begin(effect: Extract<Effect, { id: number }>): void {
    const giveUp = new AbortController()
    this.#running.set(effect.id, giveUp)
    const told = (outcome: Outcome) => {
      this.#running.delete(effect.id)
      if (!giveUp.signal.aborted) this.dispatch({ ...outcome, id: effect.id } as ResultEvent) // Outcome is a ResultEvent without its id
    }
    this.#outcomeOf(effect, giveUp.signal).then(told, (error) => {
      if (giveUp.signal.aborted) return
      this.#tellOf(error)
      told(outcomeOfError(error))
    })
  }

  async #outcomeOf(effect: Extract<Effect, { id: number }>, signal: AbortSignal): Promise<Outcome> {
    const { clock, network, budget, consent, api, client } = this.#options
    switch (effect.kind) {
      case 'ask-in-force':
        return this.#askInForce()
      case 'work':
        return this.#doWork(effect, signal)
      case 'ask-consent':
        return {
          kind: 'consented',
          ...(await askConsent(effect.question, { budget, network, handler: consent, signal })),
        }
      case 'await-unmetered':
        await networkTurns(() => network.cost() === 'unmetered', network, signal)
        return { kind: 'woke' }
      case 'await-tonight':
        await clock.sleep(msUntilTonight(this.#options.random()), signal)
        return { kind: 'woke' }
      case 'sleep':
        await clock.sleep(Math.max(0, effect.untilMs - clock.nowMs()), signal)
        return { kind: 'woke' }
      case 'request-lease': {
        this.#reports.flush()
        const requestedAtMs = clock.nowMs()
        const [first] = effect.job.signals
        const purpose =
          first === undefined
            ? ({ kind: 'first-load' } as const)
            : ({ kind: 'signal', signalId: first.signalId, version: first.version } as const)
        const wantBytes = effect.wantBytes
        const grant = await api.requestLease({ protocol: PROTOCOL_VERSION, client, purpose, wantBytes })
        if (signal.aborted) void api.endLease({ leaseId: grant.leaseId }).catch(() => {})
        return { kind: 'leased', grant, requestedAtMs }
      }
      case 'renew-lease': {
        const requestedAtMs = clock.nowMs()
        const grant = await api.renewLease({ leaseId: LeaseId.parse(effect.leaseId), wantBytes: effect.wantBytes })
        return { kind: 'leased', grant, requestedAtMs }
      }
      case 'halt':
        await this.#lastWork
        return { kind: 'halted' }
    }
  }

  async #askInForce(): Promise<Outcome> {
    const { api, cache, client, accountId, clock } = this.#options
    this.#reports.flush()
    const nonce = Nonce.parse(this.#options.newId())
    const [cachedBytes, ended] = await Promise.all([cache.cachedBytes(), cache.completed()])
    const leftOut = this.#fullAnswers.leftOut(ended)
    const named = leftOut.length === 0 ? {} : { completedSignals: [...leftOut] }
    const sentAtMs = clock.nowMs()
    try {
      const signed = await api.inForce({ protocol: PROTOCOL_VERSION, accountId, client, nonce, cachedBytes, ...named })
      const address = { accountId, clientId: client.clientId, nonce }
      const opened = await this.#keyRing.open(signed, { address, sentAtMs })
      // C6: whatever is not a valid answer is no answer.
      if (opened.kind !== 'valid') {
        this.#options.onProblem(opened.problem)
        return { kind: 'unanswered', retryAfterMs: null }
      }
      this.#options.onProblem(null)
      const { signals, clientMode, stateTag, digests } = opened.answer
      this.#digests = digests
      const [completed, setAside] = [await cache.completed(), await cache.setAsideSignals()]
      const isCut = this.#fullAnswers.hear(signals, leftOut, { completed, setAside })
      const confirmation = { signals, clientMode, stateTag, untilMs: opened.untilMs, isCut }
      return { kind: 'answered', confirmation, completed, setAside, attempt: await cache.attempt() }
    } catch (error) {
      this.#tellOf(error)
      return { kind: 'unanswered', retryAfterMs: error instanceof Denied ? delayOf(error) : null }
    }
  }

  /** One step at a time, also when an earlier one was given up while it was still writing. */
  async #doWork(effect: Extract<Effect, { kind: 'work' }>, signal: AbortSignal): Promise<Outcome> {
    const before = this.#lastWork
    const done = (async () => {
      await before
      if (signal.aborted) throw signal.reason
      const isReading = effect.phase === 'compare' || effect.phase === 'catch-up'
      if (isReading && (await this.#turns.awaitSyncs(signal))) return nothingDrawn(this.#options.clock.nowMs())
      return this.#workOf(effect.job).step(effect, this.#digests)
    })()
    this.#lastWork = done.catch(() => {})
    return done
  }

  #workOf(job: Job): ResyncWork {
    if (this.#work?.jobId === job.jobId) return this.#work.work
    const { api, cache, clock } = this.#options
    const work = new ResyncWork({ api, cache, nowMs: () => clock.nowMs() })
    work.prioritise(this.#urgentIds)
    this.#work = { jobId: job.jobId, work }
    return work
  }

  /** What is to be told of each signal is kept with its end: whatever kills this life, the next one tells it. */
  async #complete(job: Job, told: Telling | null): Promise<void> {
    const { cache } = this.#options
    if (job.signals.length === 0) return cache.saveAttempt(null)
    const reports = told === null ? [] : await this.#reportsOf(told)
    for (const { signalId, version } of job.signals)
      await cache.complete(
        { signalId, version },
        reports.find((report) => report.signalId === signalId),
      )
    this.#tell(reports, true)
  }

  async #reportsOf(told: Telling): Promise<readonly Report[]> {
    const { cache, client, clock, newId } = this.#options
    return reportsOf(told, { client, newId, nowMs: clock.nowMs(), cachedBytes: await cache.cachedBytes() })
  }

  #tell(reports: readonly Report[], isKept: boolean): void {
    for (const report of reports) this.#reports.add(report, { isKept })
  }

  #tellOf(error: unknown): void {
    this.#options.onProblem(messageOf(error))
    if (isCacheGone(error)) this.#options.onCacheGone()
  }

  #giveUpWhatNobodyAwaits(): void {
    const awaited = awaitedIds(this.#state)
    for (const [id, giveUp] of this.#running) {
      if (awaited.includes(id)) continue
      this.#running.delete(id)
      giveUp.abort(new Error('The client no longer waits for this'))
    }
  }
}
