/**
 * Why a cache cannot be used:
 *
 * - `closed`: this connection was closed, by the app or by the browser. Open it again.
 * - `blocked`: another tab holds an older layout open and did not let go yet. Close it, or open again later.
 * - `upgraded-elsewhere`: another tab brought a newer app with a newer layout. Reload this one.
 * - `newer-layout`: what is on disk was written by a newer app than this one. Nothing was touched; update the app.
 * - `quota`: the device has no room left. Nothing of the call was written.
 * - `damaged`: a record on disk is not what was written there.
 * - `failed`: the device refused for another reason, which is in `cause`. Nothing of the call was written.
 */
export type CacheErrorKind =
  | 'closed'
  | 'blocked'
  | 'upgraded-elsewhere'
  | 'newer-layout'
  | 'quota'
  | 'damaged'
  | 'failed'

/** A cache that cannot read or write. What it held before the call it still holds. */
export class CacheError extends Error {
  override readonly name = 'CacheError'
  readonly kind: CacheErrorKind

  constructor(kind: CacheErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** @returns whether the cache will not come back in this tab, however often it is tried */
export function isCacheGone(error: unknown): boolean {
  return error instanceof CacheError && (error.kind === 'closed' || error.kind === 'upgraded-elsewhere')
}
