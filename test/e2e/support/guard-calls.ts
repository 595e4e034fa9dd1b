import { FetchAnswer, FetchRequest } from '@tidegate/protocol'
import { z } from 'zod'
import type { Seen } from './wire-tap.ts'

const GUARD_PATH = '/tidegate/'

/** One call of the guard as it went over the wire; several may have shared a request. */
export interface GuardCall {
  readonly name: string
  readonly input: unknown
  /** What was answered; null when it was denied. */
  readonly output: unknown
  /** The kind of the denial; null when there was none. */
  readonly deniedAs: string | null
  readonly seen: Seen
}

const Answered = z.object({ result: z.object({ data: z.unknown() }) })
const Failed = z.object({ error: z.object({ data: z.object({ tidegate: z.object({ kind: z.string() }) }) }) })

/** The guard's calls among requests that a tap saw, in the order in which they were answered. */
export function guardCallsOf(requests: readonly Seen[]): readonly GuardCall[] {
  return requests.flatMap((seen) => {
    const { pathname } = new URL(seen.target, 'http://tap.invalid')
    if (!pathname.startsWith(GUARD_PATH) || pathname === `${GUARD_PATH}hints`) return []
    const inputs = z.record(z.string(), z.unknown()).parse(JSON.parse(seen.requestBody))
    const answers = z.array(z.unknown()).parse(JSON.parse(seen.responseBody))
    return pathname
      .slice(GUARD_PATH.length)
      .split(',')
      .map((name, at): GuardCall => {
        const answered = Answered.safeParse(answers[at])
        const failed = Failed.safeParse(answers[at])
        return {
          name,
          input: inputs[at],
          output: answered.success ? answered.data.result.data : null,
          deniedAs: failed.success ? failed.data.error.data.tidegate.kind : null,
          seen,
        }
      })
  })
}

/** A request for payloads, and what it brought. */
export interface Fetched {
  readonly request: FetchRequest
  readonly answer: FetchAnswer
  readonly seen: Seen
}

/** The requests for payloads that were served. */
export function fetchesOf(requests: readonly Seen[]): readonly Fetched[] {
  return guardCallsOf(requests)
    .filter(({ name, output }) => name === 'fetch' && output !== null)
    .map(({ input, output, seen }) => ({ request: FetchRequest.parse(input), answer: FetchAnswer.parse(output), seen }))
}

/** The ids whose payloads came, as often as they did. */
export function fetchedIds(fetches: readonly Fetched[], collection: string): readonly string[] {
  return fetches
    .filter(({ request }) => request.collection === collection)
    .flatMap(({ answer }) => answer.items.map(({ id }) => id))
}

/** Bytes of a request as HTTP counts them: its line and its body. */
export function requestBytes({ method, target, requestBody }: Seen): number {
  return Buffer.byteLength(`${method} ${target} HTTP/1.1\r\n`) + Buffer.byteLength(requestBody)
}

export function answerBytes({ responseBody }: Seen): number {
  return Buffer.byteLength(responseBody)
}
