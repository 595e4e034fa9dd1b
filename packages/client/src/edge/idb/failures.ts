import { CacheError } from '../../core/cache-error.ts'

/** @returns what to throw for what IndexedDB threw: a {@link CacheError}, or the same when it is a caller's mistake */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof Error) && !(error instanceof DOMException)) return error
  const { name, message } = error
  if (name === 'QuotaExceededError')
    return new CacheError('quota', 'Cannot write to the cache: the device has no room left', { cause: error })
  if (name === 'VersionError')
    return new CacheError('newer-layout', 'Cannot open the cache: a newer version of this app wrote it', {
      cause: error,
    })
  if (error instanceof DOMException && name !== 'DataCloneError')
    return new CacheError('failed', `Cannot use the cache: ${name}: ${message}`, { cause: error })
  return error
}
