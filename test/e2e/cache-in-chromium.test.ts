import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { cacheContract } from '@tidegate/client/cache-contract'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from './chromium.ts'

// The contract of `@tidegate/client/cache-contract`, on the IndexedDB of a real browser.

const executablePath = findChromium()
const isRequired = Boolean(process.env.CI)

test.runIf(isRequired)('Chromium is there: set CHROMIUM or put it on PATH', () => {
  expect(executablePath).not.toBeNull()
})

describe.skipIf(executablePath === null)('a cache in Chromium (skipped without it: set CHROMIUM)', () => {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let origin: string
  let script: string
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>cache</title>')
  })

  beforeAll(async () => {
    const address = await new Promise<AddressInfo>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo)) // a port, so not a pipe's name
    })
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    origin = `http://127.0.0.1:${address.port}`
    script = await bundled('pages/cache-page.ts')
    context = await browser.newContext()
    page = await aTab()
  })

  async function aTab(address = origin): Promise<Page> {
    const tab = await context.newPage()
    await tab.goto(address)
    await tab.addScriptTag({ content: script })
    return tab
  }

  afterAll(async () => {
    await browser?.close()
    server.close()
  })

  for (const { name } of cacheContract)
    test(name, { timeout: 30_000 }, async () => {
      expect(await page.evaluate((caseName) => cachePage.run(caseName), name)).toBe('passed')
    })

  test('a second tab hears of what the first one wrote, and reads it', async () => {
    const other = await aTab()
    await other.evaluate(() => cachePage.listen())
    expect(await page.evaluate(() => cachePage.write(1, 100))).toBe('written')
    await other.waitForFunction(() => cachePage.heardCount() === 1)
    expect(await other.evaluate(() => cachePage.ordinals())).toEqual([1])
    await other.close()
  })

  test('a device without room says so, and the cache keeps what it had (C1)', async () => {
    // An origin of its own: Chromium remembers for a while how much room another one had.
    const small = origin.replace('127.0.0.1', 'localhost')
    const tab = await aTab(small)
    const devtools = await context.newCDPSession(tab)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: small, quotaSize: 2_000_000 })
    expect(await tab.evaluate(() => cachePage.write(1, 100))).toBe('written')
    expect(await tab.evaluate(() => cachePage.write(2, 8_000_000))).toBe('quota')
    expect(await tab.evaluate(() => cachePage.ordinals())).toEqual([1])
    await tab.close()
  })

  test('10,000 mails are loaded and read; the times are printed', async () => {
    const took = await page.evaluate(() => cachePage.time(10_000))
    console.log(`cache in Chromium, 10,000 mails, ms: ${JSON.stringify(took)}`)
    expect(Object.keys(took)).toContain('load')
  })
})

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['@tidegate/source'],
  })
  return outputFiles[0]?.text ?? ''
}
