import { Denial, describeDenial } from '@tidegate/protocol'
import type { GuardRouter } from '@tidegate/protocol/router'
import { createTRPCClient, httpLink, type TRPCClient, TRPCClientError } from '@trpc/client'
import { z } from 'zod'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { issuesText } from '../core/issues-text.ts'
import { readText } from './files.ts'

/** Where the server is and who asks; from flags, or the environment. */
export interface ConnectFlags {
  readonly server: string
  readonly token?: string
  readonly tokenFile?: string
}

/** A server, spoken to as its operator. Every call throws CliError when it comes to nothing. */
export interface Connection {
  /** Calls the guard. */
  call<Answer>(ask: (guard: TRPCClient<GuardRouter>) => Promise<Answer>): Promise<Answer>
  /** Sends a text to the server itself. @returns status and body, whatever the status */
  post(path: string, body: string): Promise<{ readonly status: number; readonly body: unknown }>
  /** Asks the server itself: with JSON, or without a body when `request` is left out. */
  admin(path: string, request?: object): Promise<unknown>
}

/** Long enough for a migration over a mailbox of some gigabytes; everything else is answered in milliseconds. */
const ANSWER_WITHIN_MS = 600_000

/** @throws CliError when no token was given */
export async function connect(flags: ConnectFlags): Promise<Connection> {
  const headers = { authorization: `Bearer ${await tokenOf(flags)}` }
  const guard = createTRPCClient<GuardRouter>({ links: [httpLink({ url: `${flags.server}/tidegate`, headers })] })
  return {
    async call(ask) {
      try {
        return await ask(guard)
      } catch (error) {
        throw failureOf(error, flags.server)
      }
    },
    post: (path, body) => send(path, 'POST', 'application/sql', body),
    async admin(path, request) {
      const { status, body } = request
        ? await send(path, 'POST', 'application/json', JSON.stringify(request))
        : await send(path, 'GET')
      if (status === 200) return body
      throw new CliError(`Cannot tell what became of it: the server answered ${status}`)
    },
  }

  async function send(path: string, method: 'GET' | 'POST', contentType?: string, body?: string) {
    let response: Response
    let text: string
    try {
      response = await fetch(flags.server + path, {
        method,
        headers: { ...headers, ...(contentType && { 'content-type': contentType }) },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      text = await response.text()
    } catch (error) {
      throw failureOf(error, flags.server)
    }
    const answer = jsonOf(text)
    const denial = Denial.safeParse(answer)
    if (!response.ok && denial.success) throw denied(denial.data, null)
    return { status: response.status, body: answer }
  }
}

async function tokenOf({ token, tokenFile }: ConnectFlags): Promise<string> {
  if (token !== undefined && tokenFile !== undefined) {
    throw new CliError('Cannot connect: --token and --token-file exclude each other')
  }
  const found = (tokenFile === undefined ? token : await readText(tokenFile))?.trim()
  if (!found) {
    throw new CliError(
      'Cannot connect: the operator token is required (--token, --token-file or TIDEGATE_TOKEN); the server prints it at its start',
    )
  }
  if (!/^[\x21-\x7e]+$/.test(found))
    throw new CliError('Cannot connect: the token must be printable ASCII without spaces')
  return found
}

/** Everything a call can throw, told apart in one place. */
function failureOf(error: unknown, server: string): CliError {
  if (error instanceof TRPCClientError) {
    const data: unknown = error.data
    const told = typeof data === 'object' && data !== null && 'tidegate' in data ? data.tidegate : null
    const denial = Denial.safeParse(told)
    if (denial.success) return denied(denial.data, error)
    // An error with a shape came from a guard; one without it never got that far.
    if (data)
      return new CliError(`The guard could not do this: ${refusalText(error.message)}`, EXIT_CODES.couldNotRun, {
        cause: error,
      })
  }
  return new CliError(`Cannot reach a Tidegate server at ${server}: ${networkReason(error)}`, EXIT_CODES.couldNotRun, {
    cause: error,
  })
}

function denied(denial: Denial, cause: unknown): CliError {
  const message = denial.kind === 'not-identified' ? 'the server does not know this token' : describeDenial(denial)
  return new CliError(`Denied: ${message}`, EXIT_CODES.denied, { cause })
}

/** A request that did not fit its schema comes back as the issues in JSON. */
function refusalText(message: string): string {
  const issues = Issues.safeParse(jsonOf(message))
  return issues.success ? `it cannot read the request: ${issuesText({ issues: issues.data })}` : message
}

const Issues = z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).min(1)

/** Codes of Node's, and of OpenSSL's behind it, that a person meets; an error without one goes by its name. */
const NETWORK_REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there (is it running? --server chooses another)'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'there is no such host'],
  [/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'the host cannot be reached'],
  [/^(ERR_SSL_|EPROTO$)/, 'what listens there does not speak https (is it an http:// address?)'],
  [/CERT|UNABLE_TO_VERIFY/, 'its certificate is not one that this machine trusts, or not for this host'],
  [
    /^(HTTPParserError|ECONNRESET|UND_ERR_SOCKET)$/,
    'what listens there does not speak http (is it an https:// address?)',
  ],
]

function networkReason(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at && at.code ? String(at.code) : at.name
    const [, known] = NETWORK_REASONS.find(([pattern]) => pattern.test(code)) ?? []
    if (known) return known
    if (at.name === 'TimeoutError') return `no answer within ${ANSWER_WITHIN_MS / 60_000} minutes`
    if (at.cause === undefined) return at instanceof SyntaxError ? 'what answers there is no guard' : at.message
  }
  return String(error)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
