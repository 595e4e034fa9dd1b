/** How a resource is doing, in the words of whoever watches it. */
export interface StorageHealth {
  /** What an ordinary request waits, milliseconds: a high percentile says more than a mean. */
  readonly latencyMs: number
  /** Of the requests, those that failed, 0..1. */
  readonly errorRatio: number
  /** When the figures were taken, milliseconds since 1970. */
  readonly readAtMs: number
}

/** What is known of a resource: figures, or why there are none. */
export type StorageReading =
  | ({ readonly kind: 'read'; readonly resourceId: string } & StorageHealth)
  | { readonly kind: 'unknown'; readonly resourceId: string; readonly because: string }

/** Never rejects: what could not be read is a reading too. */
export type ReadStorage = (resourceId: string) => Promise<StorageReading>
