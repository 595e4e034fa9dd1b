import { DENIALS, Denied, retryAfterMsOf } from '@tidegate/protocol'
import type { ResultEvent } from '../core/machine/event.ts'
import { LONGEST_BACKOFF_MS } from '../core/pacing.ts'

/** A result on its way to the machine, without the id that the runner adds. */
export type Outcome = ResultEvent extends infer Each ? (Each extends ResultEvent ? Omit<Each, 'id'> : never) : never

/** What the error of an effect means: a denial, a network that is down, or something that would fail again. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof Denied) return { kind: 'denied', denial: error.denial }
  return { kind: 'failed', isTransient: isTransient(error), message: messageOf(error) }
}

/** A request that got no answer is a TypeError of `fetch`, bare or as the cause of a transport's own error; 5xx passes too. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'TRPCClientError') {
    const data: unknown = 'data' in error ? error.data : null
    const httpStatus =
      typeof data === 'object' && data !== null && 'httpStatus' in data ? Number(data.httpStatus) : null
    return httpStatus === null || httpStatus >= 500 || httpStatus === 429
  }
  return error instanceof TypeError || error.name === 'AbortError' || error.name === 'TimeoutError'
}

/** How long a denial asks to wait; one that does not pass by itself is asked about as rarely as there is. */
export function delayOf(error: Denied): number | null {
  return DENIALS[error.denial.kind].next === 'give-up' ? LONGEST_BACKOFF_MS : retryAfterMsOf(error.denial)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
