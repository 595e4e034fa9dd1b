import type { ServerResponse } from 'node:http'
import { DENIALS, type Denied, retryAfterMsOf } from '@tidegate/protocol'

/** A denial over plain HTTP: its status, its JSON, and `Retry-After` for clients that understand nothing else. For one client and one time only. */
export function deniedResponse({ denial }: Denied): Response {
  return Response.json(denial, { status: DENIALS[denial.kind].httpStatus, headers: headersOf(denial) })
}

/** The same on a Node response whose head was not sent. @returns the body to end it with */
export function writeDenial(response: ServerResponse, { denial }: Denied): string {
  response.statusCode = DENIALS[denial.kind].httpStatus
  response.setHeader('content-type', 'application/json')
  for (const [name, value] of Object.entries(headersOf(denial))) response.setHeader(name, value)
  return JSON.stringify(denial)
}

function headersOf(denial: Denied['denial']): Record<string, string> {
  const retryAfterMs = retryAfterMsOf(denial)
  return {
    ...(retryAfterMs !== null && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
    'cache-control': 'private, no-store',
  }
}
