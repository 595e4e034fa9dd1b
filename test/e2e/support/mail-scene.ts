import type { AccountId } from '@tidegate/protocol'
import type { BrowserContext, Page } from 'playwright-core'
import { startBrowserProcess } from './browser-process.ts'
import { bundlePageScript } from './bundle-page-script.ts'
import { operatorOf, type ServerProcess, startServerProcess, temporaryDirectory } from './server-process.ts'
import { openOwnerSession } from './sessions.ts'
import { HINTS, startWireTap, type WireTap } from './wire-tap.ts'

/** Real mail to import; the tests that need it are skipped by name without it. */
export const maildir = process.env.TIDEGATE_TEST_MAILDIR
export const MAIL_COUNT = 629
export const NEIGHBOUR_COUNT = 5_000
export const RESOURCE_COUNT = 4
export const COLLECTIONS = ['messages', 'bodies'] as const

const FIRST_LOAD_WITHIN_MS = 90_000

/** The server with the real mails and 5,000 neighbours, a tap before it, and a mail page in Chromium that holds the mailbox. */
export interface MailScene extends AsyncDisposable {
  readonly dataDir: string
  readonly server: ServerProcess
  readonly tap: WireTap
  readonly operator: ReturnType<typeof operatorOf>
  readonly owner: { readonly accountId: AccountId; readonly session: string }
  readonly context: BrowserContext
  readonly page: Page
}

/** @param query of the mail page's address once the first load is done, as `?ask=always` */
export async function openMailScene({ query = '' }: { readonly query?: string } = {}): Promise<MailScene> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(temporaryDirectory())
  const dataDir = `${folder.path}/data`
  const server = started.use(
    await startServerProcess({
      dataDir,
      accountCount: NEIGHBOUR_COUNT,
      resourceCount: RESOURCE_COUNT,
      ...(maildir !== undefined && { mailboxPath: maildir }),
    }),
  )
  const owner = await openOwnerSession(server)
  const tap = started.use(await startWireTap(server.url))
  tap.cut(HINTS)
  const { context } = started.use(await startBrowserProcess(`${folder.path}/profile`))
  await context.addInitScript({ content: await bundlePageScript('mail-observer.ts') })
  const page = await context.newPage()
  await page.goto(server.mailUrl.replace(server.url, tap.url))
  await untilPanel(page, { state: 'current', outcome: 'resynced' }, FIRST_LOAD_WITHIN_MS)
  if (query !== '') {
    await page.goto(`${tap.url}/mail/${query}`)
    await untilPanel(page, { state: 'current' })
  }
  await page.evaluate((accountId) => mailObserver.watch(accountId), owner.accountId)
  const all = started.move()
  const operator = operatorOf(server.url)
  return {
    dataDir,
    server,
    tap,
    operator,
    owner,
    context,
    page,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** What the page's own line about checking says it is. */
export interface PanelState {
  readonly state: string
  readonly outcome?: string
}

/** Waits until the panel shows this. @throws Error with what it shows instead */
export async function untilPanel(page: Page, { state, outcome }: PanelState, withinMs = 60_000): Promise<void> {
  const wanted = `[data-testid="resync-panel"][data-state="${state}"]`
  const selector = outcome === undefined ? wanted : `${wanted}[data-outcome="${outcome}"]`
  await page.waitForSelector(selector, { timeout: withinMs }).catch(async (cause: unknown) => {
    const shown = await page.evaluate(() => document.body.innerHTML.slice(-1_500)).catch(() => 'no page')
    throw new Error(`Waited ${withinMs} ms in vain for the panel to be ${state} ${outcome ?? ''}: ${shown}`, { cause })
  })
}

/** The panel's words, opened first if they are folded away. */
export async function panelText(page: Page): Promise<string> {
  const details = page.getByTestId('resync-details')
  if (!(await details.isVisible())) await page.getByTestId('resync-toggle').click()
  return (await details.textContent()) ?? ''
}
