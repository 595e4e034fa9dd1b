import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { findChromium } from '../chromium.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A hidden tab's timers must not be slowed down: two tabs are part of what is tested.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]
const READY_WITHIN_MS = 30_000

/** A Chromium with a profile on disk, in a process group of its own that can be killed as a power cut would. */
export interface BrowserProcess extends AsyncDisposable {
  readonly context: BrowserContext
  /** SIGKILL to the whole process group, renderers and all; the profile stays on disk. */
  killGroup(): Promise<void>
}

/**
 * @param profileDir kept between starts, so that IndexedDB and cookies are
 * @throws Error when there is no Chromium, or it does not open its debugging port within 30 s
 */
export async function startBrowserProcess(profileDir: string): Promise<BrowserProcess> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('Cannot start Chromium: set CHROMIUM or put chromium on PATH')
  const child = spawn(
    executablePath,
    [...FLAGS, `--user-data-dir=${profileDir}`, '--remote-debugging-port=0', 'about:blank'],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let printed = ''
  const endpoint = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Cannot reach Chromium. It printed:\n${printed}`)), READY_WITHIN_MS)
    child.once('exit', (code) => reject(new Error(`Chromium ended with code ${code}. It printed:\n${printed}`)))
    child.stderr.on('data', (chunk) => {
      printed += chunk
      const found = /DevTools listening on (\S+)/.exec(printed)?.[1]
      if (found === undefined) return
      clearTimeout(late)
      resolve(found)
    })
  })
  const browser: Browser = await chromium.connectOverCDP(endpoint)
  const context = browser.contexts()[0] ?? (await browser.newContext())
  const killGroup = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    process.kill(-child.pid, 'SIGKILL')
    await gone
    await browser.close().catch(() => undefined) // the connection went with the process
  }
  return { context, killGroup, [Symbol.asyncDispose]: killGroup }
}
