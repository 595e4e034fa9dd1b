import type { Isolation } from '../../sql.ts'

/** Three, as the port promises: a fourth conflict in a row is load, not bad luck, and the caller should know. */
const RETRY_LIMIT = 3

/** SQLSTATE of a serialization failure: the same work may succeed when it is run again. */
const SERIALIZATION_FAILURE = '40001'

/** Runs `attempt`, again after a serialization failure under `repeatable read`, at most three times more. */
export async function retrySerialization<Result>(
  isolation: Isolation,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await attempt()
    } catch (error) {
      const mayRetry = isolation === 'repeatable read' && retryCount < RETRY_LIMIT
      if (!mayRetry || sqlStateOf(error) !== SERIALIZATION_FAILURE) throw error
    }
  }
}

/** @returns the five-character SQLSTATE of an error that PostgreSQL or PGlite raised, or null */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null
}
