import type { ClientApi, ClientMode, Clock, Random } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import type { ConsentBudget } from '../core/consent.ts'
import type { GuardKey } from '../core/guard-key.ts'
import type { Progress, ProgressResult } from '../core/progress.ts'
import type { Channel } from '../edge/channel.ts'
import type { Hints } from '../edge/hints.ts'
import type { Locks, WebLocksMissing } from '../edge/locks.ts'
import type { NetworkStatus } from '../edge/network-status.ts'
import type { ConsentHandler } from './ask-consent.ts'
import type { SyncResult } from './ordinary-sync.ts'

/** What an embedding app says once. */
export interface TidegateOptions {
  readonly accountId: string
  readonly client: { readonly clientId: string; readonly clientClass: string; readonly appVersion: string }
  /** The guard, over tRPC (`trpcGuardApi`) or anything else. */
  readonly api: ClientApi
  readonly cache: Cache
  /**
   * The keys whose signatures count: what the guard's `publicKeys()` tells when the app is built, the one that signs and one
   * that is announced. What comes after them is learnt through them, and kept in the cache.
   */
  readonly guardKeys: readonly GuardKey[]
  /** What the app caches; a signal about anything else is not about this client. */
  readonly collections: readonly string[]
  /** Asks the person. Without it, whatever exceeds the budget waits. */
  readonly consent?: ConsentHandler
  /** Bytes drawn without asking. Default 50 MB on a network known to be unmetered, 5 MB on any other. */
  readonly budget?: Partial<ConsentBudget>
  /** The user's own cap on drawing; > 0. Default: the lease's rate. */
  readonly maxBytesPerSecond?: number
  /** `observe` compares and tells, fetches nothing; `off` does nothing. The operator may set a stricter one. Default `enforce`. */
  readonly mode?: ClientMode
  /** For `tidegate.fetch`. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
  /** Where hints come from, `sseHints` for instance. Only the tab that works listens. Default: nowhere; ordinary responses tell all the same. */
  readonly hints?: Hints
  readonly network?: NetworkStatus
  readonly clock?: Clock
  readonly random?: Random
  /** 16 to 32 characters of base64url, never the same twice. Default: 16 random bytes. */
  readonly newId?: () => string
  /** Where tabs agree on who works. Default: Web Locks; in Node, locks within the process. A browser without Web Locks needs it. */
  readonly locks?: Locks
  readonly channel?: Channel
  /** Stops the client when it aborts. */
  readonly signal?: AbortSignal
}

/** The client side of Tidegate, in one tab or process. */
export interface Tidegate {
  /** Begins to take part: one tab works, all of them show progress (C9). */
  start(): void
  /** Ends what is under way at its next step and lets another tab work. What was applied stays. */
  stop(): Promise<void>
  /** Hands on the state tag of an ordinary response, null when it carried none. `fetch` does it by itself. */
  notice(tag: string | null): void
  /** The app's `fetch` for its own API. */
  readonly fetch: typeof globalThis.fetch
  /** Where the working tab stands. */
  readonly progress: Progress
  /** Whether this tab is the one that works; another one only tells where that one stands (C9). */
  readonly isWorking: boolean
  /** Why no tab will ever work here; null when nothing is in the way. The cache stays readable, and nothing changes it. */
  readonly refusal: WebLocksMissing | null
  /** @returns the way to stop hearing */
  subscribe(listener: (progress: Progress) => void): () => void
  pause(): void
  resume(): void
  /** The person wants none of it: declined until another signal, another version, or `reconsider`. */
  cancel(): void
  /** Tries again what was declined or got stuck. */
  reconsider(): void
  /** What is on screen, to be fetched before everything else. */
  prioritise(ids: readonly string[]): void
  /** `observe`, `off` or back to `enforce`, for this client. */
  setMode(mode: ClientMode): void
  /**
   * Ordinary sync: brings the collections (default: all) up to date, a lease taken where it is much.
   *
   * @throws WebLocksMissing see `refusal`
   */
  sync(collections?: readonly string[]): Promise<readonly SyncResult[]>
  /**
   * Fills collections (default: all) that were never loaded, newest items first. Calling it is the consent. Resolves when
   * they are proven.
   *
   * @throws FirstLoadEnded when it was cancelled or cannot go on; WebLocksMissing see `refusal`
   */
  firstLoad(collections?: readonly string[]): Promise<void>
}

/** A first load that did not come to its end. */
export class FirstLoadEnded extends Error {
  override readonly name = 'FirstLoadEnded'
  readonly outcome: ProgressResult['outcome']
  constructor(outcome: ProgressResult['outcome']) {
    super(`Cannot finish the first load: it ended as ${outcome}`)
    this.outcome = outcome
  }
}
