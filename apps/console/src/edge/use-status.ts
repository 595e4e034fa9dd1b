import type { Status } from '@tidegate/protocol'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Freshness, freshness } from '../core/staleness.ts'
import { type Failure, failureOf, type GuardClient } from './guard-client.ts'

const POLL_EVERY_MS = 1000

export interface Watch {
  /** The last answer; kept while the server is gone. */
  readonly status: Status | null
  readonly failure: Failure | null
  readonly freshness: Freshness
  /** Asks now, after a decision. */
  readonly refresh: () => void
}

/** Asks for the status every second, one question at a time. */
export function useStatus(guard: GuardClient): Watch {
  const [status, setStatus] = useState<Status | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [answeredAtMs, setAnsweredAtMs] = useState<number | null>(null)
  const [nowMs, setNowMs] = useState(() => performance.now())
  const ask = useRef<() => void>(() => {})

  useEffect(() => {
    const gone = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isAsking = false

    const poll = async () => {
      clearTimeout(timer)
      if (isAsking) return
      isAsking = true
      try {
        const answer = await guard.status.query({}, { signal: gone.signal })
        setStatus(answer)
        setFailure(null)
        setAnsweredAtMs(performance.now())
      } catch (thrown) {
        if (gone.signal.aborted) return
        setFailure(failureOf(thrown))
      }
      isAsking = false
      setNowMs(performance.now())
      timer = setTimeout(poll, POLL_EVERY_MS)
    }
    ask.current = () => void poll()
    void poll()
    return () => {
      gone.abort()
      clearTimeout(timer)
    }
  }, [guard])

  const refresh = useCallback(() => ask.current(), [])
  return { status, failure, freshness: freshness(answeredAtMs, nowMs), refresh }
}
