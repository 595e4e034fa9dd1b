import type { IncomingMessage, ServerResponse } from 'node:http'
import { DENIALS, type Denial, Denied, retryAfterMsOf } from '@tidegate/protocol'
import { ZodError, type ZodType, z } from 'zod'

/** @throws Denied `invalid` as soon as the body is larger than `maxBytes` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => invalid(`Cannot read the request: at most ${maxBytes} bytes are allowed`)
  // Said before reading, so that the caller hears it: leaving a body half read ends the connection.
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/**
 * Reads a JSON body and parses it. Only `application/json` is read, which no page of another origin can send without asking
 * first.
 *
 * @throws Denied `invalid` naming each field that does not fit
 */
export async function readJson<Shape>(
  request: IncomingMessage,
  schema: ZodType<Shape>,
  maxBytes: number,
): Promise<Shape> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw invalid('Cannot read the request: content-type application/json is required')
  }
  try {
    return schema.parse(JSON.parse(await readBody(request, maxBytes)))
  } catch (error) {
    if (error instanceof ZodError) throw invalid(`Cannot read the request: ${z.prettifyError(error)}`)
    if (error instanceof SyntaxError) throw invalid(`Cannot read the request: ${error.message}`)
    throw error
  }
}

/** Answers with JSON that no cache keeps. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'private, no-store' })
    .end(JSON.stringify(value))
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { Location: location, 'Cache-Control': 'no-store' }).end()
}

/** A denial as its own JSON, with the status it stands for. */
export function sendDenial(response: ServerResponse, denial: Denial): void {
  const retryAfterMs = retryAfterMsOf(denial)
  if (retryAfterMs !== null) response.setHeader('Retry-After', Math.ceil(retryAfterMs / 1000))
  sendJson(response, DENIALS[denial.kind].httpStatus, denial)
}

/** Whatever went wrong, as an answer. What is not a denial is the server's fault: told to its log, not to the caller. */
export function sendError(response: ServerResponse, error: unknown, log: (error: unknown) => void): void {
  if (!(error instanceof Denied)) log(error)
  if (response.headersSent) response.destroy()
  else if (error instanceof Denied) sendDenial(response, error.denial)
  else sendJson(response, 500, { kind: 'internal', message: 'The server could not do this; its log says why' })
}

export function invalid(message: string): Denied {
  return new Denied({ kind: 'invalid', message })
}
