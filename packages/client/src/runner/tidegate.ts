import {
  AccountId,
  type ClientApi,
  ClientIdentity,
  type ClientMode,
  type Clock,
  CollectionName,
} from '@tidegate/protocol'
import { addressedApi } from '../core/addressed-api.ts'
import { DEFAULT_CONSENT_BUDGET } from '../core/consent.ts'
import { checkGuardKeys } from '../core/guard-key.ts'
import { initialState } from '../core/machine/state.ts'
import { type Progress, type ProgressResult, progressOf, resultOf } from '../core/progress.ts'
import { type Channel, platformChannel } from '../edge/channel.ts'
import { systemClock } from '../edge/clock.ts'
import { type HeldLock, type Locks, platformLocks, WebLocksMissing } from '../edge/locks.ts'
import { type NetworkStatus, platformNetwork } from '../edge/network-status.ts'
import { randomId } from '../edge/random-id.ts'
import { taggedFetch } from '../edge/tagged-fetch.ts'
import { FirstLoadWaiters } from './first-load-waiters.ts'
import { followHints } from './follow-hints.ts'
import { ordinarySync, type SyncResult } from './ordinary-sync.ts'
import { Runner } from './runner.ts'
import { type Command, type FirstLoadEnd, readTabMessage, type TabMessage } from './tab-message.ts'
import type { Tidegate, TidegateOptions } from './tidegate-options.ts'

/**
 * @throws TypeError or ZodError when an option is not what it has to be; the message holds the value
 */
export function createTidegate(options: TidegateOptions): Tidegate {
  return new TabClient(options)
}

/** One tab: it works while it holds the lock, and shows what the working tab tells while it does not. */
class TabClient implements Tidegate {
  readonly fetch: typeof globalThis.fetch
  readonly refusal: WebLocksMissing | null
  readonly #options: TidegateOptions
  readonly #client: ClientIdentity
  readonly #api: ClientApi
  readonly #collections: readonly CollectionName[]
  readonly #clock: Clock
  readonly #network: NetworkStatus
  readonly #runner: Runner
  readonly #channel: Channel
  readonly #locks: Locks | null
  readonly #lockName: string
  readonly #stopping = new AbortController()
  readonly #cacheGone = new AbortController()
  readonly #listeners = new Set<(progress: Progress) => void>()
  readonly #firstLoads: FirstLoadWaiters
  #isStarted = false
  #lock: HeldLock | null = null
  #listening = new AbortController()
  #told: Progress | null = null
  /** What the person set, in whichever tab; null before. */
  #modeSet: ClientMode | null = null
  #result: ProgressResult | null = null
  #problem: string | null = null

  constructor(options: TidegateOptions) {
    const { maxBytesPerSecond = null } = options
    if (maxBytesPerSecond !== null && !(maxBytesPerSecond > 0))
      throw new RangeError(`Cannot pace a client: maxBytesPerSecond must be above 0, got ${maxBytesPerSecond}`)
    checkGuardKeys(options.guardKeys)
    const accountId = AccountId.parse(options.accountId)
    const client = ClientIdentity.parse(options.client)
    this.#options = options
    this.#firstLoads = new FirstLoadWaiters(options.cache)
    this.#client = client
    this.#api = addressedApi(options.api, accountId)
    this.#collections = options.collections.map((name) => CollectionName.parse(name))
    this.#clock = options.clock ?? systemClock
    this.#network = options.network ?? platformNetwork()
    this.#locks = options.locks ?? platformLocks()
    this.refusal = this.#locks === null ? new WebLocksMissing() : null
    this.#problem = this.refusal?.message ?? null
    this.#lockName = `tidegate:${accountId}:${client.clientId}`
    this.#channel = options.channel ?? platformChannel(this.#lockName)
    this.fetch = taggedFetch({
      client,
      notice: (tag) => this.notice(tag),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    })
    const state = initialState({
      configured: this.#collections,
      localMode: options.mode ?? 'enforce',
      isOnline: this.#network.isOnline(),
      userBytesPerSecond: maxBytesPerSecond,
    })
    this.#runner = new Runner(state, {
      accountId,
      client,
      api: this.#api,
      cache: options.cache,
      guardKeys: options.guardKeys,
      consent: options.consent,
      budget: { ...DEFAULT_CONSENT_BUDGET, ...options.budget },
      network: this.#network,
      clock: this.#clock,
      random: options.random ?? Math.random,
      newId: options.newId ?? randomId,
      onChange: () => this.#tell(),
      onFinished: (result) => {
        this.#result = resultOf(result)
        if (result.job.signals.length > 0) return
        const collections = result.job.collections.map(({ collection }) => collection)
        const end: FirstLoadEnd = { kind: 'first-load-ended', collections, outcome: result.outcome }
        this.#firstLoads.settle(end)
        this.#post(end)
      },
      onProblem: (problem) => {
        this.#problem = problem
      },
      onCacheGone: () => this.#cacheGone.abort(),
    })
  }

  get isWorking(): boolean {
    return this.#lock !== null
  }

  get progress(): Progress {
    const own = { nowMs: this.#clock.nowMs(), result: this.#result, problem: this.#problem }
    return this.#lock === null && this.#told !== null ? this.#told : progressOf(this.#runner.state, own)
  }

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const stopped = this.#stopping.signal
    const unsubscribe = this.#network.subscribe(() =>
      this.#runner.dispatch({ kind: this.#network.isOnline() ? 'online' : 'offline' }),
    )
    const unlisten = this.#channel.listen((message) => this.#hear(readTabMessage(message)))
    stopped.addEventListener('abort', unsubscribe, { once: true })
    stopped.addEventListener('abort', unlisten, { once: true })
    if (this.#options.signal?.aborted) return void this.stop()
    this.#options.signal?.addEventListener('abort', () => void this.stop(), { once: true })
    this.#post({ kind: 'hello' })
    void this.#work()
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort(new Error('The client was stopped'))
    this.#listening.abort()
    await this.#runner.close()
    this.#lock?.release()
    this.#lock = null
    this.#firstLoads.stop()
    this.#channel.close()
  }

  notice(tag: string | null): void {
    this.#runner.dispatch({ kind: 'tagSeen', tag })
    if (this.#lock === null) this.#post({ kind: 'tag', tag })
  }

  subscribe(listener: (progress: Progress) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  pause(): void {
    this.#command('pauseAsked')
  }

  resume(): void {
    this.#command('resumeAsked')
  }

  cancel(): void {
    this.#command('cancelAsked')
  }

  reconsider(): void {
    this.#command('reconsiderAsked')
  }

  prioritise(ids: readonly string[]): void {
    this.#runner.prioritise(ids)
    if (this.#lock === null) this.#post({ kind: 'prioritise', ids })
  }

  setMode(mode: ClientMode): void {
    this.#modeSet = mode
    this.#runner.dispatch({ kind: 'modeSet', mode })
    this.#post({ kind: 'mode', mode })
  }

  async sync(collections: readonly string[] = this.#collections): Promise<readonly SyncResult[]> {
    if (this.refusal !== null) throw this.refusal
    const { cache } = this.#options
    const results: SyncResult[] = []
    for (const collection of collections.map((name) => CollectionName.parse(name))) {
      const options = { api: this.#api, cache, collection, nowMs: () => this.#clock.nowMs() }
      const result = await this.#runner.sync(() => ordinarySync(options))
      if (result.outcome === 'too-much') {
        await this.firstLoad([collection])
        const { cursor } = await cache.state(collection)
        results.push({ ...result, outcome: 'in-step', asOf: cursor })
      } else results.push(result)
    }
    return results
  }

  async firstLoad(collections: readonly string[] = this.#collections): Promise<void> {
    if (this.refusal !== null) throw this.refusal
    const named = collections.map((name) => CollectionName.parse(name))
    const attempt = await this.#options.cache.attempt()
    const loaded = this.#firstLoads.wait(named)
    this.#runner.dispatch({ kind: 'firstLoadAsked', collections: named, attempt })
    if (this.#lock === null) this.#post({ kind: 'first-load', collections: named })
    return loaded
  }

  /** Waits for its turn to be the tab that works; does so again should it lose it. */
  async #work(): Promise<void> {
    const stopped = this.#stopping.signal
    const gone = this.#cacheGone.signal
    const locks = this.#locks
    if (locks === null) return this.#tell()
    while (!stopped.aborted && !gone.aborted) {
      try {
        const lock = await locks.hold(this.#lockName, stopped)
        this.#lock = lock
        const isPaused = this.#told?.state === 'paused'
        this.#told = null
        this.#runner.dispatch({ kind: 'lockGained', attempt: await this.#options.cache.attempt(), isPaused })
        this.#listen()
        await Promise.race([lock.lost, aborted(stopped), aborted(gone)])
        if (stopped.aborted) return
        this.#letGo()
        this.#runner.dispatch({ kind: 'lockLost' })
      } catch (error) {
        if (stopped.aborted) return
        this.#problem = error instanceof Error ? error.message : String(error)
        this.#letGo()
        return this.#tell()
      }
    }
  }

  /** For as long as this tab works: one connection for all tabs of the app (C9). */
  #listen(): void {
    const { hints, random = Math.random } = this.#options
    if (hints === undefined || this.#stopping.signal.aborted) return
    this.#listening = new AbortController()
    void followHints({
      hints,
      client: this.#client,
      clock: this.#clock,
      random,
      ask: () => this.#runner.dispatch({ kind: 'hinted' }),
      signal: this.#listening.signal,
    })
  }

  /** Another tab may work: one that cannot, because its cache is gone, must not keep all others from it (C9). */
  #letGo(): void {
    this.#listening.abort()
    this.#lock?.release()
    this.#lock = null
  }

  #command(kind: Command): void {
    if (this.#lock === null) this.#post({ kind: 'command', command: kind })
    else this.#runner.dispatch({ kind })
  }

  #hear(message: TabMessage | null): void {
    if (message?.kind === 'progress') this.#hearProgress(message.progress)
    else if (message !== null) this.#doForOthers(message)
  }

  #hearProgress(progress: Progress): void {
    if (this.#lock !== null) return
    this.#told = progress
    this.#result = progress.result
    this.#announce(progress)
  }

  #doForOthers(message: Exclude<TabMessage, { kind: 'progress' }>): void {
    switch (message.kind) {
      // Taken in by every tab: whichever comes to work next has to know.
      case 'tag':
        this.#runner.dispatch({ kind: 'tagSeen', tag: message.tag })
        break
      case 'mode':
        this.#modeSet = message.mode
        this.#runner.dispatch({ kind: 'modeSet', mode: message.mode })
        break
      case 'first-load': {
        // A newer release may cache more than this one knows how to ask for.
        const collections = message.collections.filter((collection) => this.#collections.includes(collection))
        this.#runner.dispatch({ kind: 'firstLoadAsked', collections, attempt: null })
        break
      }
      case 'first-load-ended':
        this.#runner.dispatch({ kind: 'firstLoadEnded', collections: message.collections })
        this.#firstLoads.settle(message)
        break
      case 'prioritise':
        this.#runner.prioritise(message.ids)
        break
      case 'hello':
        if (this.#lock === null) break
        if (this.#modeSet !== null) this.#post({ kind: 'mode', mode: this.#modeSet })
        this.#tell()
        break
      case 'command':
        if (this.#lock !== null) this.#runner.dispatch({ kind: message.command })
        break
    }
  }

  #tell(): void {
    const { progress } = this
    if (this.#lock !== null) this.#post({ kind: 'progress', progress })
    this.#announce(progress)
  }

  #announce(progress: Progress): void {
    for (const listener of this.#listeners) listener(progress)
  }

  #post(message: TabMessage): void {
    if (this.#isStarted && !this.#stopping.signal.aborted) this.#channel.post(message)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
