import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Guard, setStateHeader, type TokenBook } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { type AccountId, Denied } from '@tidegate/protocol'
import type { Access } from '../access.ts'
import { answerAdminRoute } from '../admin/admin-routes.ts'
import { answerTokenRoute } from '../admin/token-routes.ts'
import { findAccount, type MailboxAccount } from '../mailbox/accounts.ts'
import { BODIES, MESSAGES } from '../mailbox/collections.ts'
import type { MailboxService } from '../mailbox/mailbox-service.ts'
import type { ServerLog } from '../server-log.ts'
import { answerHealthRoute } from './health-routes.ts'
import { bearerOf, identify, requireAccount, requireOperator, sessionCookie } from './identify.ts'
import { answerMailRoute } from './mail-routes.ts'
import { type Metrics, requireViewer } from './metrics.ts'
import { INDEX_PAGE, type PageHandler, SECURITY_HEADERS } from './pages.ts'
import { invalid, redirect, sendDenial, sendError, sendJson } from './respond.ts'

/** Where the guard's own calls are answered. */
export const GUARD_PATH = '/tidegate'

/** What operators call all of this when they take it off. */
export const SERVICE = 'mail'

/**
 * Whose mailbox a page was opened for, percent-encoded. Another tab may have logged in as somebody else since: what this one
 * asks for would then be done to the wrong mailbox, and sent in the wrong name.
 */
const ACCOUNT_HEADER = 'mail-account'

const ROUTES = [GUARD_PATH, '/api', '/admin', '/mail', '/console', '/login', '/metrics'] as const

/** Only there because `URL` wants one. */
const BASE = 'http://server.invalid'

export interface App {
  readonly database: SqlDatabase
  readonly guard: Guard
  readonly guardCalls: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly service: MailboxService
  readonly access: Access
  readonly metrics: Metrics
  readonly tokens: TokenBook
  readonly owner: MailboxAccount
  readonly pages: { readonly mail: PageHandler; readonly console: PageHandler }
  readonly nowMs: () => number
  readonly log: ServerLog
}

/** Sends every request where it belongs. The one place that turns what was thrown into an answer. */
export function createRequestHandler(app: App): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    answer(app, request, response).catch((thrown) =>
      sendError(response, thrown, (error) => app.log('request.failed', { fields: fieldsOf(request), error })),
    )
  }
}

/** A path may hold anything: of one that nobody serves not even the beginning is told. */
function fieldsOf({ method = '', url = '' }: IncomingMessage) {
  return { method, route: ROUTES.find((route) => url === route || url.startsWith(`${route}/`)) ?? 'other' }
}

async function answer(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/'
  if (!url.startsWith('/') || !URL.canParse(url, BASE)) throw invalid('Cannot answer: the path is not one')
  const { pathname: path, searchParams } = new URL(url, BASE)
  const notFound = () => sendDenial(response, { kind: 'not-found', what: path })
  if (answerHealthRoute(() => app.guard.health(), request, response, path)) return
  if (path === '/metrics' && request.method === 'GET') return answerMetrics(app, request, response)
  if (isBelow(path, GUARD_PATH)) return app.guardCalls(request, response)
  if (isBelow(path, '/api')) {
    if (!(await answerApi(app, request, response, path))) notFound()
    return
  }
  if (isBelow(path, '/admin')) {
    const by = requireOperator(await identify(request, app, app.nowMs()))
    if (await answerTokenRoute({ ...app, by }, request, response, path)) return
    if (!(await answerAdminRoute(app, request, response, path))) notFound()
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return notFound()
  if (path === '/login') return logIn(app, request, response, searchParams.get('token') ?? '')
  if (path === '/mail' || path === '/console') return redirect(response, `${path}/`)
  if (path.startsWith('/mail/')) return app.pages.mail(request, response, notFound)
  if (path.startsWith('/console/')) return app.pages.console(request, response, notFound)
  if (path !== '/') return notFound()
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(INDEX_PAGE)
}

async function answerMetrics(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Known without the ledger: when that is out of reach, its metrics are wanted most.
  if (!app.access.isMetrics(bearerOf(request) ?? '')) requireViewer(await identify(request, app, app.nowMs()))
  const text = await app.metrics.text()
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(text)
}

async function answerApi(app: App, request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
  const accountId = requireAccount(await identify(request, app, app.nowMs()))
  const meant = request.headers[ACCOUNT_HEADER]
  if (meant !== undefined && meant !== encodeURIComponent(accountId)) throw new Denied({ kind: 'wrong-account' })
  const shed = app.guard.shedOf(SERVICE, accountId)
  if (shed) throw new Denied(shed)
  setStateHeader(app.guard, accountId, request, response)
  if (request.method === 'GET' && path === '/api/session') {
    sendJson(response, 200, await sessionOf(app, accountId))
    return true
  }
  const ownerOf = async (id: AccountId) => {
    const { displayName, address } = await accountOf(app, id)
    return { name: displayName, address }
  }
  return answerMailRoute({ service: app.service, nowMs: app.nowMs, ownerOf }, accountId, request, response, path)
}

/** What a page needs to begin: who it is, which collections there are, where the guard is and which keys it signs with. */
async function sessionOf(app: App, accountId: AccountId) {
  const { displayName, address } = await accountOf(app, accountId)
  return {
    accountId,
    displayName,
    address,
    collections: [MESSAGES, BODIES],
    guard: { endpoint: GUARD_PATH, publicKeys: app.guard.publicKeys() },
  }
}

async function accountOf(app: App, accountId: AccountId): Promise<MailboxAccount> {
  const account = await findAccount(app.database, accountId)
  if (account === null) throw new Denied({ kind: 'not-identified' }) // a session of an account that is gone
  return account
}

function logIn(app: App, request: IncomingMessage, response: ServerResponse, token: string): void {
  if (!app.access.isLogin(token)) throw new Denied({ kind: 'not-identified' })
  response.setHeader('Set-Cookie', sessionCookie(request, app.access.openSession(app.owner.accountId, app.nowMs())))
  redirect(response, '/mail/')
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}
