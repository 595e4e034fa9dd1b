import type { IncomingMessage } from 'node:http'
import type { Caller, TokenBook } from '@tidegate/guard'
import { type AccountId, Actor, Denied } from '@tidegate/protocol'
import type { Access } from '../access.ts'

/** The name of whoever has the operators' first token or the machine. */
export const OPERATOR_ACTOR = Actor.parse('operator')

/** Whoever has the token that the server prints: may do everything, tokens for others included. */
export const OPERATOR: Caller = {
  kind: 'staff',
  actor: OPERATOR_ACTOR,
  roles: ['emitter', 'author', 'approver', 'operator', 'viewer'],
}

/**
 * Who sent a request: the operator by bearer token, people and services by a token of their own, an account's owner by
 * session, as bearer token or cookie. Null for everybody else. A cookie counts only on requests of our own pages: a foreign page's carries another `Origin`.
 */
export async function identify(
  request: IncomingMessage,
  { access, tokens }: { readonly access: Access; readonly tokens: TokenBook },
  nowMs: number,
): Promise<Caller | null> {
  const bearer = bearerOf(request)
  if (bearer !== undefined && access.isOperator(bearer)) return OPERATOR
  const holder = bearer === undefined ? null : await tokens.callerOf(bearer, nowMs)
  if (holder !== null) return holder
  const session = bearer ?? (isOwnOrigin(request) ? cookieOf(request) : undefined)
  const accountId = session === undefined ? null : access.accountOf(session, nowMs)
  return accountId === null ? null : { kind: 'client', accountId }
}

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
}

/** @throws Denied `not-identified` when the caller is no account's owner */
export function requireAccount(caller: Caller | null): AccountId {
  if (caller?.kind !== 'client') throw new Denied({ kind: 'not-identified' })
  return caller.accountId
}

/** @throws Denied `not-identified` or `forbidden` */
export function requireOperator(caller: Caller | null): Actor {
  if (caller === null) throw new Denied({ kind: 'not-identified' })
  if (caller.kind !== 'staff' || !caller.roles.includes('operator'))
    throw new Denied({ kind: 'forbidden', needsRole: 'operator' })
  return caller.actor
}

/** Lax would let other sites' links carry it; Strict does not, and scripts never see it. */
export function sessionCookie(request: IncomingMessage, session: string): string {
  return `${cookieName(request)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`
}

/** Browsers send cookies to every port of a host: with the port in the name, two servers do not log each other out. */
function cookieName(request: IncomingMessage): string {
  return `tidegate_session_${request.socket.localPort ?? 0}`
}

function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

function cookieOf(request: IncomingMessage): string | undefined {
  const prefix = `${cookieName(request)}=`
  const pairs = (request.headers.cookie ?? '').split(/;\s*/)
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length)
}
