import type { OutgoingHttpHeader, ServerResponse } from 'node:http'

/** What becomes of a response whose body has begun: it is held to its end, or it goes on as if nobody had looked. */
export type Holding = 'hold' | 'pass'

export interface HeldResponse {
  /** Asked once, before the first byte of the body; the response has its status and headers by then. What it throws fails the response. */
  readonly begun: () => Holding
  /** Told the body of a response that was held, when the host has ended it. Nothing has left. */
  readonly ended: (body: Buffer) => void
  /** Told that the host's answer is not to leave at all. Nothing has left. */
  readonly failed: (error: unknown) => void
}

/**
 * Holds back what a host writes to a response until it has ended it: the head stays unsent, the body is kept in memory.
 * What the host still writes afterwards is ignored, as on a response that has ended.
 *
 * @returns sends the head as it is on the response then, and this body, whatever the host does meanwhile
 */
export function holdResponse(response: ServerResponse, held: HeldResponse): (body: Buffer | string) => void {
  const chunks: Buffer[] = []
  const own = {
    writeHead: response.writeHead,
    write: response.write,
    end: response.end,
    flushHeaders: response.flushHeaders,
  }
  let state: 'unwritten' | 'held' | 'over' = 'unwritten'

  function send(body: Buffer | string): void {
    state = 'over'
    response.writeHead = own.writeHead // Node's own `end` calls it
    Reflect.deleteProperty(response, 'headersSent')
    Reflect.apply(own.end, response, [body])
  }

  /** @returns whether what comes now is to be kept */
  function isHeld(): boolean {
    if (state !== 'unwritten') return state === 'held'
    try {
      if (held.begun() === 'pass') Object.assign(response, own)
      else state = 'held'
      // A host that fails in the middle must see that it cannot answer in another way any more.
      if (state === 'held') Object.defineProperty(response, 'headersSent', { configurable: true, value: true })
    } catch (error) {
      state = 'over'
      held.failed(error)
    }
    return state === 'held'
  }

  function isPassed(): boolean {
    return state === 'unwritten' && response.write === own.write
  }

  function writeHead(status: number, ...rest: unknown[]): ServerResponse {
    if (state === 'over') return response
    response.statusCode = status
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    const headers = rest.find((each) => typeof each === 'object' && each !== null)
    for (const [name, values] of headerEntries(headers ?? {})) response.setHeader(name, values)
    return response
  }

  function keep(chunk: unknown, encoding: unknown): void {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')) // Node's own argument
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
  }

  function write(...given: Parameters<typeof own.write>): boolean {
    if (isHeld()) keep(given[0], given[1])
    else if (isPassed()) return response.write(...given)
    callbackOf(given)?.()
    return true
  }

  function end(...given: Parameters<typeof own.end>): ServerResponse {
    const callback = callbackOf(given)
    if (isHeld()) {
      keep(given[0], given[1])
      state = 'over'
      if (callback) response.once('finish', callback)
      held.ended(Buffer.concat(chunks))
    } else if (isPassed()) return response.end(...given)
    return response
  }

  function flushHeaders(): void {
    if (!isHeld() && isPassed()) response.flushHeaders()
  }

  Object.assign(response, { writeHead, write, end, flushHeaders })
  return send
}

function callbackOf(given: readonly unknown[]): (() => void) | undefined {
  return given.find((each): each is () => void => typeof each === 'function')
}

/** Node takes headers as an object, as a list of pairs, or as one flat list; a list may name a header more than once. */
function headerEntries(headers: object): Iterable<readonly [string, OutgoingHttpHeader]> {
  if (!Array.isArray(headers)) return Object.entries(headers)
  const pairs: readonly [string, OutgoingHttpHeader][] = headers.every(Array.isArray)
    ? (headers as [string, OutgoingHttpHeader][]) // Node's own form
    : headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]]] : []))
  const entries = new Map<string, readonly [string, OutgoingHttpHeader]>()
  for (const [name, value] of pairs) {
    const earlier = entries.get(name.toLowerCase())?.[1]
    entries.set(name.toLowerCase(), [name, earlier === undefined ? value : [earlier, value].flat().map(String)])
  }
  return entries.values()
}
