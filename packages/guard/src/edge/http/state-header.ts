import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AccountId, CLIENT_HEADER, parseClientHeader, STATE_HEADER } from '@tidegate/protocol'
import type { Guard } from '../../runtime/create-guard.ts'

/**
 * Puts `Tidegate-State` on an ordinary response of the host app to an identified client; nothing when the request names
 * no client or nothing is in force. Call it before the head is written.
 */
export function setStateHeader(
  guard: Pick<Guard, 'stateTag'>,
  accountId: AccountId,
  request: Pick<IncomingMessage, 'headers'>,
  response: Pick<ServerResponse, 'setHeader'>,
): void {
  const header = request.headers[CLIENT_HEADER.toLowerCase()]
  const client = parseClientHeader(typeof header === 'string' ? header : null)
  const tag = client && guard.stateTag(accountId, client)
  if (tag) response.setHeader(STATE_HEADER, tag)
}

/** {@link setStateHeader} for hosts that speak Fetch: sets it on `headers`, a response's own. */
export function setStateHeaderOn(
  guard: Pick<Guard, 'stateTag'>,
  accountId: AccountId,
  request: Request,
  headers: Headers,
): void {
  const client = parseClientHeader(request.headers.get(CLIENT_HEADER))
  const tag = client && guard.stateTag(accountId, client)
  if (tag) headers.set(STATE_HEADER, tag)
}
