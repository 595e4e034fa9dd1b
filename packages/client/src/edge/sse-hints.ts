import { CLIENT_HEADER, formatClientHeader } from '@tidegate/protocol'
import { createParser } from 'eventsource-parser'
import type { Hints } from './hints.ts'
import { impatientFetch } from './impatient-fetch.ts'

export interface SseHintsOptions {
  /** Where the guard sends hints: its router's address and `/hints`. */
  readonly url: string
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
  /** Sent with the request, the app's login for instance. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
}

/**
 * Hints as Server-Sent Events, read with `fetch`: Node has no `EventSource`, and a browser's can neither say which client
 * it is for nor wait before it connects again. Whatever the events say, each is a hint. A minute without a heartbeat is
 * an end.
 */
export function sseHints({ url, fetch, headers }: SseHintsOptions): Hints {
  const patientEnough = impatientFetch(fetch ?? ((input, init) => globalThis.fetch(input, init)))
  return {
    async listen({ client, heard, signal }) {
      const response = await patientEnough(url, {
        headers: {
          ...(await headers?.()),
          Accept: 'text/event-stream',
          [CLIENT_HEADER]: formatClientHeader(client),
        },
        cache: 'no-store',
        signal,
      })
      if (!response.ok || response.body === null) {
        await response.body?.cancel()
        throw new Error(`Cannot listen for hints: the server answered ${response.status}`)
      }
      const parser = createParser({ onEvent: heard })
      const decoder = new TextDecoder()
      const reader = response.body.getReader()
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parser.feed(decoder.decode(part.value, { stream: true }))
      }
    },
  }
}
