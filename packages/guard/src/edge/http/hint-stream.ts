import type { IncomingMessage, ServerResponse } from 'node:http'
import { CLIENT_HEADER, Denied, parseClientHeader } from '@tidegate/protocol'
import type { Caller } from '../../caller.ts'
import type { Guard } from '../../runtime/create-guard.ts'

/** What is said, and all that ever is: who reads it on the way learns nothing. */
const HINT = 'event: hint\ndata: look again\n\n'
/** A comment: it keeps what lies between from taking the silence for an end, and finds out that the other end is gone. */
const HEARTBEAT = ': still here\n\n'

/**
 * Answers `GET <basePath>/hints` with Server-Sent Events: "look again" when something else is in force for this client,
 * until either side ends it. Whoever does not read what it is sent is hung up on at the next heartbeat.
 *
 * @throws Denied, before anything was sent, to whoever is no client or cannot be taken in
 */
export async function sendHints(
  guard: Pick<Guard, 'hints'>,
  caller: Caller | null,
  request: IncomingMessage,
  response: ServerResponse,
  heartbeatMs: number,
): Promise<void> {
  if (caller === null) throw new Denied({ kind: 'not-identified' })
  const header = request.headers[CLIENT_HEADER.toLowerCase()]
  const client = parseClientHeader(typeof header === 'string' ? header : null)
  if (caller.kind !== 'client' || client === null) {
    const message = `Cannot send hints: a client's login and its ${CLIENT_HEADER} header are required`
    throw new Denied({ kind: 'invalid', message })
  }
  const gone = new AbortController()
  const write = (text: string) => {
    if (!response.writableNeedDrain) response.write(text)
  }
  const ended = guard.hints({ accountId: caller.accountId, client }, () => write(HINT), gone.signal)
  response.once('close', () => gone.abort())
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'private, no-store, no-transform',
    'X-Accel-Buffering': 'no', // nginx would hold hints back until a buffer is full
  })
  response.write(HEARTBEAT)
  const beat = setInterval(
    () => (response.writableNeedDrain ? response.destroy() : response.write(HEARTBEAT)),
    heartbeatMs,
  )
  try {
    await ended
  } finally {
    clearInterval(beat)
    response.end()
  }
}
