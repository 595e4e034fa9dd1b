export type {
  Cache,
  CacheChange,
  CachedItem,
  Changes,
  CollectionState,
  CompletedSignal,
  Page,
  PendingWrite,
  ResyncAttempt,
} from './cache.ts'
export { isCacheGone } from './core/cache-error.ts'
export {
  type ConsentBudget,
  type ConsentChoice,
  type ConsentQuestion,
  DEFAULT_CONSENT_BUDGET,
  type Network,
} from './core/consent.ts'
export type { GuardKey } from './core/guard-key.ts'
export type { Progress, ProgressResult } from './core/progress.ts'
export type { Channel } from './edge/channel.ts'
export type { Hints } from './edge/hints.ts'
export { type HeldLock, type Locks, memoryLocks, WebLocksMissing, webLocks } from './edge/locks.ts'
export type { NetworkStatus } from './edge/network-status.ts'
export { type SseHintsOptions, sseHints } from './edge/sse-hints.ts'
export { type TrpcGuardApiOptions, trpcGuardApi } from './edge/trpc-guard-api.ts'
export type { ConsentHandler } from './runner/ask-consent.ts'
export type { SyncResult } from './runner/ordinary-sync.ts'
export { createTidegate } from './runner/tidegate.ts'
export { FirstLoadEnded, type Tidegate, type TidegateOptions } from './runner/tidegate-options.ts'
