import type { OutgoingHttpHeader, ServerResponse } from 'node:http'

/** What a host wrote to a response that was held: its head is on the response already, unsent. */
export interface HeldAnswer {
  readonly body: Buffer
}

/**
 * Holds back what a host writes to a response until it has ended it: the head stays unsent, the body is kept in memory.
 * Afterwards the response is as it was, and whatever is to leave can be written to it.
 */
export function holdResponse(response: ServerResponse, onEnded: (answer: HeldAnswer) => void): void {
  const chunks: Buffer[] = []
  const own = {
    writeHead: response.writeHead,
    write: response.write,
    end: response.end,
    flushHeaders: response.flushHeaders,
  }

  function writeHead(status: number, ...rest: unknown[]): ServerResponse {
    response.statusCode = status
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    const headers = rest.find((each) => typeof each === 'object' && each !== null)
    for (const [name, value] of headerEntries(headers ?? {})) response.setHeader(name, value)
    return response
  }

  function keep(chunk: unknown, encoding: unknown): void {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')) // Node's own argument
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
  }

  function write(chunk: unknown, ...rest: unknown[]): boolean {
    keep(chunk, rest[0])
    callbackOf(rest)?.()
    return true
  }

  function end(...given: unknown[]): ServerResponse {
    const [chunk, encoding] = given
    keep(chunk, encoding)
    Object.assign(response, own)
    const callback = callbackOf(given)
    if (callback) response.once('finish', callback)
    onEnded({ body: Buffer.concat(chunks) })
    return response
  }

  Object.assign(response, { writeHead, write, end, flushHeaders: () => undefined })
}

function callbackOf(given: readonly unknown[]): (() => void) | undefined {
  return given.find((each): each is () => void => typeof each === 'function')
}

/** Node takes headers as an object, as a list of pairs, or as one flat list. */
function headerEntries(headers: object): readonly [string, OutgoingHttpHeader][] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (headers.every(Array.isArray)) return headers as [string, OutgoingHttpHeader][] // Node's own forms
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]]] : []))
}
