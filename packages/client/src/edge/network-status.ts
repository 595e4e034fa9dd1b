import type { Network } from '../core/consent.ts'

/** What the device knows of its network. */
export interface NetworkStatus {
  isOnline(): boolean
  cost(): Network
  /** Calls `listener` when either may have changed. @returns the way to stop */
  subscribe(listener: () => void): () => void
}

interface Connection extends EventTarget {
  readonly type?: string
  readonly saveData?: boolean
}

/**
 * What `navigator` says. Only a cable or Wi-Fi without data saver counts as unmetered; most browsers on desktops do not
 * tell, which is `unknown`. Without a navigator (Node): online, unknown.
 */
export function platformNetwork(): NetworkStatus {
  const navigator: (Navigator & { readonly connection?: Connection }) | undefined = globalThis.navigator
  const connection = navigator?.connection
  const targets = [globalThis, connection].filter((target) => typeof target?.addEventListener === 'function')
  return {
    isOnline: () => navigator?.onLine !== false,
    cost: () => {
      if (connection?.saveData === true || connection?.type === 'cellular') return 'metered'
      return connection?.type === 'wifi' || connection?.type === 'ethernet' ? 'unmetered' : 'unknown'
    },
    subscribe: (listener) => {
      const events = ['online', 'offline', 'change'] as const
      for (const target of targets) for (const event of events) target?.addEventListener(event, listener)
      return () => {
        for (const target of targets) for (const event of events) target?.removeEventListener(event, listener)
      }
    },
  }
}
