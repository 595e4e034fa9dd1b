import { PretendClock, pretendRandom } from '@tidegate/protocol/testing'
import type { Cache } from '../cache.ts'
import type { Network } from '../core/consent.ts'
import type { ProgressResult } from '../core/progress.ts'
import type { Channel } from '../edge/channel.ts'
import { memoryLocks } from '../edge/locks.ts'
import type { NetworkStatus } from '../edge/network-status.ts'
import { MemoryDisk, memoryCache } from '../memory.ts'
import { createTidegate } from '../runner/tidegate.ts'
import type { Tidegate, TidegateOptions } from '../runner/tidegate-options.ts'
import { GUARD_KEY, ModelServer } from './model-server.ts'

/** A network that a test switches. */
export class PretendNetwork implements NetworkStatus {
  readonly #listeners = new Set<() => void>()
  #isOnline = true
  #cost: Network = 'unmetered'

  isOnline = () => this.#isOnline
  cost = () => this.#cost
  subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  become(now: { isOnline?: boolean; cost?: Network }): void {
    this.#isOnline = now.isOnline ?? this.#isOnline
    this.#cost = now.cost ?? this.#cost
    for (const listener of [...this.#listeners]) listener()
  }
}

/** A channel among the tabs of one test: what one posts, the others hear. */
export function pretendChannels(): () => Channel {
  const listeners = new Map<Channel, Set<(message: unknown) => void>>()
  return () => {
    const channel: Channel = {
      post: (message) => {
        const copy: unknown = structuredClone(message)
        for (const [other, heard] of listeners) if (other !== channel) for (const listener of heard) listener(copy)
      },
      listen: (listener) => {
        listeners.get(channel)?.add(listener)
        return () => listeners.get(channel)?.delete(listener)
      },
      close: () => listeners.delete(channel),
    }
    listeners.set(channel, new Set())
    return channel
  }
}

/** One device with a mailbox server behind it, on a clock that a test moves. */
export class PretendDevice {
  readonly clock = new PretendClock(1_000_000)
  readonly network = new PretendNetwork()
  readonly disk = new MemoryDisk()
  readonly locks = memoryLocks()
  readonly server: ModelServer
  readonly cache: Cache
  readonly #channel = pretendChannels()
  readonly #random = pretendRandom(1)
  #idCount = 0

  readonly collections: readonly string[]

  constructor(collections: readonly string[] = ['messages']) {
    this.collections = collections
    this.server = new ModelServer(collections, () => this.clock.nowMs())
    this.cache = memoryCache({ disk: this.disk })
  }

  /** A tab, started. What a killed tab leaves running is not stopped by this. */
  open(options: Partial<TidegateOptions> = {}): Tidegate {
    const tidegate = createTidegate({
      accountId: 'anna',
      client: { clientId: 'anna-phone', clientClass: 'mobile', appVersion: '1.0' },
      api: this.server.api,
      cache: this.cache,
      guardKeys: [GUARD_KEY],
      collections: this.collections,
      clock: this.clock,
      network: this.network,
      locks: this.locks,
      channel: this.#channel(),
      random: this.#random,
      newId: () => `nonce-${String(++this.#idCount).padStart(12, '0')}`,
      ...options,
    })
    tidegate.start()
    return tidegate
  }

  /** Moves the clock until `isSo`, in steps of 100 ms. @throws Error after five minutes of it */
  async until(isSo: () => boolean, what = 'it'): Promise<void> {
    for (let elapsedMs = 0; elapsedMs < 300_000; elapsedMs += 100) {
      if (isSo()) return
      await this.clock.advance(100)
    }
    throw new Error(`Cannot wait any longer: ${what} did not come about within five minutes`)
  }

  /** Until a signal has come to this end. */
  async untilEnded(tidegate: Tidegate, outcome: ProgressResult['outcome'], signalId = 'signal-1'): Promise<void> {
    const isSo = () => {
      const { result } = tidegate.progress
      return result?.outcome === outcome && result.signalIds.includes(signalId)
    }
    await this.until(isSo, `${signalId} ending as ${outcome}`)
  }

  /** As if the server's history no longer reached back to the cache: what differs has to be searched for. */
  forgetHistory(): void {
    for (const collection of this.server.collections.values()) collection.oldestSeq = collection.seq + 1
  }

  /** Fills the mailbox and loads it, so that the cache holds what the server holds. */
  async loaded(itemCount: number, bytes = 100): Promise<Tidegate> {
    for (const collection of this.collections) {
      for (let at = 1; at <= itemCount; at++)
        this.server.put(collection, `${collection}-${at}`, { ordinal: at, text: `v1-${at}`, bytes })
    }
    const tidegate = this.open()
    let isLoaded = false
    const load = tidegate.firstLoad().then(() => {
      isLoaded = true
    })
    await this.until(() => isLoaded, 'the first load')
    await load
    this.forget()
    return tidegate
  }

  /** Starts counting anew. */
  forget(): void {
    this.server.calls.length = 0
    this.server.fetchedIds.length = 0
    this.server.fetchedBytes = 0
  }

  /** What the cache holds of a collection, as id and text. */
  async held(collection = 'messages'): Promise<Record<string, unknown>> {
    return Object.fromEntries((await this.cache.list(collection)).map(({ id, payload }) => [id, payload]))
  }

  truth(collection = 'messages'): Record<string, unknown> {
    return Object.fromEntries([...this.server.truth(collection).values()].map(({ id, payload }) => [id, payload]))
  }
}
