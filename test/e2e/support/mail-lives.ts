import type { AccountId } from '@tidegate/protocol'
import type { Page } from 'playwright-core'
import { type BrowserProcess, startBrowserProcess } from './browser-process.ts'
import { bundlePageScript } from './bundle-page-script.ts'
import { operatorOf, type ServerProcess, startServerProcess, temporaryDirectory } from './server-process.ts'
import { openOwnerSession } from './sessions.ts'
import { HINTS, type Seen, startWireTap, type WireTap } from './wire-tap.ts'

const NEIGHBOUR_COUNT = 50
/** Says on the wire which life and which tab a request comes from. */
const TAB_HEADER = 'x-test-tab'
const SESSION_COOKIE = /^([^=]+)=([^;]+)/

/** One mailbox on a server, and one installation of the mail app that lives, is killed, and lives again. */
export interface MailLives extends AsyncDisposable {
  readonly server: ServerProcess
  readonly tap: WireTap
  readonly operator: ReturnType<typeof operatorOf>
  readonly owner: { readonly accountId: AccountId; readonly session: string }
  readonly dataDir: string
  /** How often Chromium was started on the profile. */
  readonly startCount: number
  /** Starts Chromium on the profile and opens the mail page. @param query of its address, as `?ask=always` */
  begin(query?: string): Promise<Page>
  /** Opens the mail page once more, in a tab of the same browser. */
  openTab(query?: string): Promise<Page>
  /** Any address of the server in a tab of the same browser; no app runs there. */
  openPath(path: string): Promise<Page>
  /** SIGKILL to the browser's process group; the profile stays. */
  kill(): Promise<void>
  /** The server is killed and started again on its data directory and port. */
  restartServer(): Promise<void>
}

/**
 * @param mailboxPath real mail to import
 * @param options.hasHints whether hints reach the page; else only its own requests tell it anything. Default: they do not
 */
export async function openMailLives(
  mailboxPath: string,
  { hasHints = false }: { readonly hasHints?: boolean } = {},
): Promise<MailLives> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(temporaryDirectory())
  const dataDir = `${folder.path}/data`
  const start = { dataDir, accountCount: NEIGHBOUR_COUNT, mailboxPath }
  let server = await startServerProcess(start)
  started.defer(() => server.kill())
  const owner = await openOwnerSession(server)
  const tap = started.use(await startWireTap(server.url))
  if (!hasHints) tap.cut(HINTS)
  const cookie = await readCookie(server.mailUrl.replace(server.url, tap.url))
  const script = await bundlePageScript('mail-observer.ts')
  let browser: BrowserProcess | null = null
  let startCount = 0
  started.defer(async () => browser?.killGroup())

  let tabCount = 0
  const openPath = async (path: string) => {
    if (browser === null) throw new Error('Cannot open a tab: begin a life first')
    const page = await browser.context.newPage()
    tabCount += 1
    await page.setExtraHTTPHeaders({ [TAB_HEADER]: `life ${startCount} tab ${tabCount}` })
    await page.goto(`${tap.url}${path}`, { waitUntil: 'commit' })
    return page
  }
  const all = started.move()
  return {
    get server() {
      return server
    },
    get operator() {
      return operatorOf(server.url)
    },
    get startCount() {
      return startCount
    },
    tap,
    owner,
    dataDir,
    async begin(query = '') {
      browser = await startBrowserProcess(`${folder.path}/profile`)
      startCount += 1
      // Chromium writes cookies down every 30 s: one that is killed earlier has forgotten its login, and nothing else.
      await browser.context.addCookies([{ ...cookie, url: tap.url }])
      await browser.context.addInitScript({ content: script })
      tabCount = 0
      return openPath(`/mail/${query}`)
    },
    openTab: (query = '') => openPath(`/mail/${query}`),
    openPath,
    async kill() {
      await browser?.killGroup()
      browser = null
    },
    async restartServer() {
      await server.kill()
      // On its port again: the login cookie is named after it.
      server = await startServerProcess({ ...start, port: server.port })
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function readCookie(loginUrl: string): Promise<{ readonly name: string; readonly value: string }> {
  const login = await fetch(loginUrl, { redirect: 'manual' })
  const [, name, value] = SESSION_COOKIE.exec(login.headers.get('set-cookie') ?? '') ?? []
  if (name === undefined || value === undefined) throw new Error(`Cannot log in as the owner: ${login.status}`)
  return { name, value }
}

/** Which life and which tab sent a request. */
export function tabOf({ requestHeaders }: Pick<Seen, 'requestHeaders'>): string {
  return String(requestHeaders[TAB_HEADER] ?? 'nobody')
}
