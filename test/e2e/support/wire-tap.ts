import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that went through, as the tap saw it. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly requestBody: string
  readonly requestHeaders: IncomingMessage['headers']
  readonly status: number
  readonly responseHeaders: IncomingMessage['headers']
  readonly responseBody: string
  /** When the whole request had come, and when the whole answer had: milliseconds of this process's `performance.now()`. */
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/**
 * Stands between browser and server: sees every request whole, and can hold chosen ones back, as a slow network would.
 * It changes nothing of what passes.
 */
export interface WireTap extends AsyncDisposable {
  readonly url: string
  readonly seen: readonly Seen[]
  /** Answers that are sent event by event and are not over yet; they pass as they come, and are never `seen`. */
  readonly streams: ReadonlySet<Pick<Seen, 'target' | 'requestHeaders'>>
  /** From now on, requests whose target or body matches wait before they reach the server, until `release` is called. */
  hold(pattern: RegExp): { readonly heldCount: () => number; readonly release: () => void }
  /** As `hold`, but it is the server's answer that waits: the request was served. */
  holdAnswers(pattern: RegExp): { readonly heldCount: () => number; readonly release: () => void }
  /** From now on, the connections of requests whose target or body matches break before they reach the server, until `release` is called. */
  cut(pattern: RegExp): { readonly cutCount: () => number; readonly release: () => void }
  /** Where requests go, when the server comes back on another port. */
  retarget(serverUrl: string): void
}

interface Gate {
  readonly pattern: RegExp
  readonly open: Promise<void>
  heldCount: number
}

/** Where hints come from. Cut off, a page hears of nothing before its next ordinary request: tests say when that is. */
export const HINTS = /^\/tidegate\/hints/

export async function startWireTap(serverUrl: string): Promise<WireTap> {
  let target = new URL(serverUrl)
  const seen: Seen[] = []
  const streams = new Set<Pick<Seen, 'target' | 'requestHeaders'>>()
  const gates: Gate[] = []
  const answerGates: Gate[] = []
  const cuts: { pattern: RegExp; cutCount: number }[] = []

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const requestBody = await bodyOf(incoming)
    const askedAtMs = performance.now()
    const line = incoming.url ?? '/'
    for (const gate of gates) {
      if (!gate.pattern.test(line) && !gate.pattern.test(requestBody.toString('utf8'))) continue
      gate.heldCount += 1
      await gate.open
      // Whoever asked was killed meanwhile: on a slow network its request would not have arrived either.
      if (outgoing.closed) return
    }
    for (const cut of cuts) {
      if (!cut.pattern.test(line) && !cut.pattern.test(requestBody.toString('utf8'))) continue
      cut.cutCount += 1
      return outgoing.destroy()
    }
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: line,
        headers: { ...incoming.headers, 'accept-encoding': 'identity' },
      },
      async (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        if (answer.headers['content-type']?.startsWith('text/event-stream')) {
          const stream = { target: line, requestHeaders: incoming.headers }
          streams.add(stream)
          outgoing.once('close', () => {
            streams.delete(stream)
            onward.destroy()
          })
          answer.once('error', () => outgoing.destroy()).pipe(outgoing)
          return
        }
        const responseBody = await bodyOf(answer).catch(() => null)
        if (responseBody === null) return outgoing.destroy()
        seen.push({
          method: incoming.method ?? 'GET',
          target: line,
          requestBody: requestBody.toString('utf8'),
          requestHeaders: incoming.headers,
          status: answer.statusCode ?? 0,
          responseHeaders: answer.headers,
          responseBody: responseBody.toString('utf8'),
          askedAtMs,
          answeredAtMs: performance.now(),
        })
        for (const gate of answerGates) {
          if (!gate.pattern.test(line)) continue
          gate.heldCount += 1
          await gate.open
        }
        outgoing.end(responseBody)
      },
    )
    onward.once('error', () => outgoing.destroy())
    onward.end(requestBody)
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a port, so not a pipe's name
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    streams,
    hold: (pattern) => closedGate(gates, pattern),
    holdAnswers: (pattern) => closedGate(answerGates, pattern),
    cut(pattern) {
      const cut = { pattern, cutCount: 0 }
      cuts.push(cut)
      return { cutCount: () => cut.cutCount, release: () => void cuts.splice(cuts.indexOf(cut), 1) }
    },
    retarget(url) {
      target = new URL(url)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Puts up a gate among `gates`, until it is released. */
function closedGate(gates: Gate[], pattern: RegExp) {
  let resolve = () => {}
  const open = new Promise<void>((opened) => {
    resolve = opened
  })
  const gate: Gate = { pattern, open, heldCount: 0 }
  gates.push(gate)
  return {
    heldCount: () => gate.heldCount,
    release: () => {
      gates.splice(gates.indexOf(gate), 1)
      resolve()
    },
  }
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
