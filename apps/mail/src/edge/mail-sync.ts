import { type Cache, FirstLoadEnded, isCacheGone, type Tidegate } from '@tidegate/client'
import type { Problem } from '../core/resync-view.ts'
import { SESSION_PATH } from './page-session.ts'

const SYNC_EVERY_MS = 15_000

/** How the last ordinary sync went. */
export interface SyncState {
  /** Milliseconds since 1970; null before the first one that went well. */
  readonly syncedAtMs: number | null
  /** Whether the first load has come to its end; taken for granted until the cache was asked. */
  readonly isLoaded: boolean
  /** Null after one that went well. */
  readonly problem: Problem | null
}

/** Keeps the mailbox up to date: at the start, every 15 s, when the network comes back, and after each action. */
export interface MailSync {
  state(): SyncState
  subscribe(listener: () => void): () => void
  /** Ends after a sync that began after this call. */
  now(): Promise<void>
  /** Begins the first load again, after the person cancelled it or it could not go on. */
  loadAgain(): void
}

export function startMailSync(options: {
  readonly tidegate: Tidegate
  readonly cache: Cache
  readonly collections: readonly string[]
}): MailSync {
  const { tidegate, cache, collections } = options
  const listeners = new Set<() => void>()
  let state: SyncState = { syncedAtMs: null, isLoaded: true, problem: null }
  let isFirstLoading = false
  let isLeftToPerson = false
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null

  const set = (changed: SyncState) => {
    state = changed
    for (const listener of listeners) listener()
  }

  const isLoaded = async () => {
    const states = await Promise.all(collections.map((collection) => cache.state(collection)))
    return states.every(({ cursor }) => cursor !== null)
  }

  // Shown by the SDK's own progress, so nothing here waits for its end.
  const beginFirstLoad = () => {
    if (isFirstLoading || isLeftToPerson) return
    isFirstLoading = true
    tidegate
      .firstLoad(collections)
      .catch((error: unknown) => {
        // Begun again by itself, one that cannot end would be begun without a pause, and never heard of a retry.
        isLeftToPerson = !(error instanceof FirstLoadEnded && error.outcome === 'stopped')
      })
      .finally(() => {
        isFirstLoading = false
        void now()
      })
  }

  const run = async () => {
    try {
      // An ordinary answer carries the state tag, which is how this client learns that there is something to ask about.
      const answer = await tidegate.fetch(SESSION_PATH)
      // Before anything else is said: a tab that cannot keep anything is told so, whatever the server says.
      const wasLoaded = await isLoaded()
      // 403: another tab has logged in as somebody else.
      if (answer.status === 401 || answer.status === 403) return set({ ...state, problem: 'signed-out' })
      if (!answer.ok) return set({ ...state, problem: 'no-answer' })
      if (tidegate.refusal) return set({ ...state, isLoaded: wasLoaded, problem: 'no-locks' })
      if (wasLoaded) await tidegate.sync(collections)
      else beginFirstLoad()
      set({ syncedAtMs: wasLoaded ? Date.now() : state.syncedAtMs, isLoaded: wasLoaded, problem: null })
    } catch (error) {
      const isGone = isCacheGone(error) || (await isLoaded().then(() => false, isCacheGone))
      set({ ...state, problem: isGone ? 'cache-gone' : navigator.onLine ? 'no-answer' : 'offline' })
    }
  }

  const begin = () => {
    running = run().finally(() => {
      running = null
    })
    return running
  }
  const now = () => {
    if (running === null) return begin()
    // Those who ask while one is running share the one after it.
    next ??= running.then(() => {
      next = null
      return begin()
    })
    return next
  }

  setInterval(() => void now(), SYNC_EVERY_MS)
  addEventListener('online', () => void now())
  addEventListener('offline', () => {
    if (state.problem !== 'cache-gone') set({ ...state, problem: 'offline' })
  })
  void now()

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    now,
    loadAgain() {
      isLeftToPerson = false
      void now()
    },
  }
}
