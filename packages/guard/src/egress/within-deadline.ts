import type { Clock } from '@tidegate/protocol'

/** Waits for work no longer than so; the work goes on. @throws Error when it takes longer, or what the work throws */
export async function withinDeadline<Result>(clock: Clock, deadlineMs: number, work: Promise<Result>): Promise<Result> {
  const ended = new AbortController()
  const tooLate = clock.sleep(deadlineMs, ended.signal).then(
    () => Promise.reject(new Error(`Cannot wait any longer: not done within ${deadlineMs} ms`)),
    () => new Promise<never>(() => undefined),
  )
  try {
    return await Promise.race([work, tooLate])
  } finally {
    ended.abort()
  }
}
