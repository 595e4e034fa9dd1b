/** The right to work, held by one tab or process at a time (C9). */
export interface HeldLock {
  /** Resolves when the lock is gone without having been released: another tab stole it, or the browser took it. */
  readonly lost: Promise<void>
  release(): void
}

/** Where tabs agree on who works. */
export interface Locks {
  /** Waits until the lock is free and takes it; rejects with the signal's reason when it aborts first. */
  hold(name: string, signal: AbortSignal): Promise<HeldLock>
}

/** Web Locks: one holder over all tabs and workers of an origin; a holder that crashes lets go at once. */
export function webLocks(manager: LockManager): Locks {
  return {
    hold: (name, signal) =>
      new Promise((resolve, reject) => {
        const [released, release] = opened()
        const [lost, lose] = opened()
        let isHeld = false
        manager
          .request(name, { mode: 'exclusive', signal }, () => {
            isHeld = true
            resolve({ lost, release })
            return released
          })
          .catch((error: unknown) => (isHeld ? lose() : reject(error)))
      }),
  }
}

/** Locks among the clients of one process: for Node, and wherever Web Locks are missing and one process is all there is. */
export function memoryLocks(): Locks {
  const queues = new Map<string, Promise<void>>()
  return {
    hold: async (name, signal) => {
      const before = queues.get(name) ?? Promise.resolve()
      const [released, release] = opened()
      queues.set(
        name,
        before.then(() => released),
      )
      const gaveUp = new Promise<never>((_resolve, reject) => {
        if (signal.aborted) reject(signal.reason)
        else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      try {
        await Promise.race([before, gaveUp])
      } catch (error) {
        release()
        throw error
      }
      return { lost: new Promise(() => {}), release }
    },
  }
}

const processLocks = memoryLocks()

/** A browser that has no Web Locks: its tabs cannot agree on which of them works (C9). */
export class WebLocksMissing extends Error {
  override readonly name = 'WebLocksMissing'
  constructor() {
    super('This page needs https (Web Locks) to keep one tab working at a time')
  }
}

/**
 * Web Locks where the platform has them, else locks within this process.
 *
 * @returns null in a browser without them, where there may be other tabs: browsers give them to pages from https and
 *   from the device itself only
 */
export function platformLocks(): Locks | null {
  const manager: LockManager | undefined = globalThis.navigator?.locks
  if (manager !== undefined) return webLocks(manager)
  const isBrowser = 'document' in globalThis || 'WorkerGlobalScope' in globalThis
  return isBrowser ? null : processLocks
}

function opened(): readonly [Promise<void>, () => void] {
  let settle = () => {}
  const promise = new Promise<void>((resolve) => {
    settle = resolve
  })
  return [promise, settle]
}
