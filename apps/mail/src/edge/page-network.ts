import type { Network, NetworkStatus } from '@tidegate/client'

/** The browser's network, at the cost that the person says it has. */
export function networkOfCost(cost: Network): NetworkStatus {
  return {
    isOnline: () => navigator.onLine,
    cost: () => cost,
    subscribe(listener) {
      addEventListener('online', listener)
      addEventListener('offline', listener)
      return () => {
        removeEventListener('online', listener)
        removeEventListener('offline', listener)
      }
    },
  }
}
